// Sampled copies of packets from one lane to whoever reads them. One writer, one reader, fixed size: when there is no
// room the copy is dropped and counted, and the packet itself goes on untouched.
#pragma once
#include <atomic>
#include <cstdint>
#include <vector>

#include "bytes.h"
#include "engine.h"
#include "mapping.h"

namespace geneve {

/// Set by the control side, read by all lanes. `points` 0: off.
struct CaptureControl {
  std::atomic<uint32_t> points{0};
  std::atomic<uint32_t> sampleEvery{1};
  std::atomic<uint32_t> snapBytes{65535};
};

class CaptureRing {
 public:
  /// Called before the control is switched on; the writer sees the memory through `ready_`.
  bool allocate(size_t bytes);
  void write(CaptureRecord record, ConstBytes packet, uint32_t snapBytes);
  void read(std::vector<CaptureRecord>& out);
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  /// The writer's own count for sampling, per capture point.
  uint32_t seen[4] = {};

 private:
  void copyIn(uint64_t at, const void* from, size_t bytes);
  void copyOut(uint64_t at, void* to, size_t bytes) const;

  Mapping memory_;
  uint64_t mask_ = 0;
  std::atomic<bool> ready_{false};
  std::atomic<uint64_t> dropped_{0};
  alignas(64) std::atomic<uint64_t> head_{0};
  alignas(64) std::atomic<uint64_t> tail_{0};
};

}  // namespace geneve
