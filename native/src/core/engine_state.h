// What the control thread and the lanes of the user-space engine share.
//
// Invariants: everything here is immutable after start, atomic, or behind the mutex that stands beside it. Lanes take
// a mutex only to ask for something new (an endpoint, a next hop) or when their eventfd says that an answer is there,
// never for a packet of a known flow.
#pragma once
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "capture_ring.h"
#include "engine.h"
#include "flow_table.h"
#include "kernel_path.h"
#include "next_hop.h"
#include "tun_device.h"

namespace geneve {

inline uint64_t monotonicMs() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

inline constexpr unsigned kMostEndpoints = 4096;
inline constexpr uint32_t kFragmentTicks = ticksOf(30'000);  ///< RFC 791's reassembly is over by then.

enum class EndpointState : int { kPending, kReady, kLost };

/// An endpoint's interfaces and counters. The descriptors close when the last lane has let go of it.
struct Endpoint {
  uint64_t eni = 0;
  uint32_t id = 0;  ///< Never used again by another endpoint; its low 12 bits are its index.
  std::string gwi, gwo;
  TunDevice in, out;
  std::unique_ptr<EndpointCounters[]> counters;  ///< One for each lane.
  size_t lanes = 0;
  std::atomic<EndpointState> state{EndpointState::kPending};
  std::atomic<unsigned> holders{0};  ///< Lanes that still use the descriptors.
  uint64_t createdMs = 0;
  bool idleReported = false;
  EndpointCounters kernel;           ///< What the kernel's programs carried; under the engine's mutex.
  std::atomic<bool> inKernel{false};
};

/// Flow entries of one endpoint. Several lanes count here, but only when an entry comes or goes.
struct FlowCounts {
  std::atomic<uint32_t> id{0};
  std::atomic<int64_t> size[2]{};
  std::atomic<uint64_t> timedOut[2]{};
  std::atomic<uint64_t> evicted[2]{};
};

/// From a lane to the control thread.
struct LaneRequest {
  enum class Kind : uint8_t { kCreate, kResolve, kTunLost, kRefused } kind;
  uint64_t eni = 0;
  uint32_t address = 0;  ///< kResolve: network order.
  uint32_t endpoint = 0;
  DropReason reason = DropReason::kNone;
  bool out = false;  ///< kTunLost: gwo, else gwi.
};

/// From the control thread to a lane.
struct LaneCommand {
  enum class Kind : uint8_t { kAdd, kReady, kRemove, kRefuse, kNextHop, kForgetNextHop, kDrain, kStop } kind;
  std::shared_ptr<Endpoint> endpoint;
  uint64_t eni = 0;
  DropReason reason = DropReason::kNone;
  NextHop hop{};
};

class RequestQueue {
 public:
  static constexpr size_t kMost = 4096;
  explicit RequestQueue(FileDescriptor wake) : wake_(std::move(wake)) {}
  int wakeFd() const { return wake_.get(); }
  /// False when the control thread is too far behind: the caller drops what it asked for.
  bool post(const LaneRequest& request);
  std::vector<LaneRequest> take();
  void wake();

 private:
  FileDescriptor wake_;
  std::mutex mutex_;
  std::vector<LaneRequest> requests_;
};

struct EngineState {
  EngineConfig config;
  EngineFeatures features;
  TunFeatures tun;
  std::unique_ptr<FlowTable> flows;
  std::unique_ptr<FlowTable> related;  ///< Fragments, address pairs, ICMP errors: bounded apart from the flows.
  std::unique_ptr<FlowCounts[]> flowCounts;
  std::unique_ptr<RequestQueue> requests;
  CaptureControl capture;
  std::unique_ptr<KernelPath> kernel;  ///< Null: every packet passes the lanes.
  std::atomic<bool> decapOnly{false};
  std::atomic<unsigned> endpoints{0};
  std::atomic<uint64_t> flowsTimedOut{0}, flowsEvicted{0};

  /// The header of what belongs to one datagram, for its later fragments.
  void storeDatagram(const FlowKey& key, const FlowValue& value, uint32_t nowTicks, FlowLoss& loss, bool& hasLoss);
  bool findDatagram(const FlowKey& key, uint32_t nowTicks, FlowValue& value) const;
  void countInserted(const FlowKey& key);
  void countLost(const FlowLoss& loss);
};

}  // namespace geneve
