// Sampled copies of the packets that take the kernel path, through a ring buffer (BPF_MAP_TYPE_RINGBUF, Linux 5.8).
//
// Invariants: the ring exists only while somebody captures; the programs find it in a map of maps and go on without it. One
// reader; the programs never wait for it: a full ring loses the copy, which is counted, and not the packet.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bpf_system.h"
#include "engine.h"

namespace geneve {

/// The reader's side of a ring buffer of the kernel.
class BpfRing {
 public:
  /// Of at least so many bytes. Empty with errno when the kernel refuses.
  static BpfRing open(size_t bytes);
  explicit operator bool() const { return static_cast<bool>(map_); }
  int map() const { return map_.get(); }
  /// What was committed so far, in its order.
  void read(const std::function<void(const uint8_t* data, size_t bytes)>& each);

 private:
  FileDescriptor map_;
  Mapping consumer_, producer_;
  uint64_t mask_ = 0;
};

class KernelCapture {
 public:
  /// Makes the maps that the programs are loaded with.
  static bool createMaps(FileDescriptor& rings, FileDescriptor& samples, std::string& reason);
  /// Those maps; they outlive this object.
  void use(int rings, int samples, unsigned cpus, uint16_t port);

  /// False with errno: no ring, nothing is captured.
  bool start(size_t ringBytes);
  void stop();
  bool isOn() const { return on_.load(std::memory_order_relaxed); }
  /// Appends what the ring has: of each record those of its points that are in `points`, as packets of `lane`.
  void read(uint32_t points, uint32_t snapBytes, uint16_t lane, std::vector<CaptureRecord>& out);
  uint64_t dropped() const;

 private:
  int rings_ = -1, samples_ = -1;
  unsigned cpus_ = 1;
  uint16_t port_ = 0;
  std::mutex mutex_;
  std::atomic<bool> on_{false};
  BpfRing ring_;
};

}  // namespace geneve
