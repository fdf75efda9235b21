// Counters. Each has one writer (its lane) and any number of readers; none ever goes backwards.
// The order is that of src/js/statistics.ts; loading compares the names.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "drop_reason.h"

#define GENEVE_LANE_COUNTERS(X)                       \
  X(udpPackets)                                       \
  X(udpBytes)                                         \
  X(udpReceiveCalls)                                  \
  X(udpBatches)                                       \
  X(udpKernelDrops)                                   \
  X(tunWrites)                                        \
  X(tunWrittenPackets)                                \
  X(tunReads)                                         \
  X(tunReadPackets)                                   \
  X(returnedPackets)                                  \
  X(returnedBytes)                                    \
  X(sendCalls)                                        \
  X(returnedByOffload)                                \
  X(returnedByRaw)                                    \
  X(heldFragments)                                    \
  X(fragmentsByAddressPair)                           \
  X(icmpTooBigSent)                                   \
  X(loopTurns)                                        \
  X(lastReceiveMs)                                    \
  X(lastTurnMs)                                       \
  X(threadId)                                         \
  X(pendingQueued)                                    \
  X(pendingDelivered)

#define GENEVE_ENDPOINT_COUNTERS(X) \
  X(gwiPacketsOut)                  \
  X(gwiBytesOut)                    \
  X(gwiPacketsIn)                   \
  X(gwiBytesIn)                     \
  X(gwoPacketsIn)                   \
  X(gwoBytesIn)                     \
  X(returnedPackets)                \
  X(returnedBytes)                  \
  X(drops)                          \
  X(lastGwiOutMs)                   \
  X(lastGwiInMs)                    \
  X(lastGwoInMs)

namespace geneve {

/// Written by one thread without a locked instruction, read by any.
class Counter {
 public:
  void add(uint64_t n) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  void set(uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

struct alignas(64) LaneCounters {
#define X(name) Counter name;
  GENEVE_LANE_COUNTERS(X)
#undef X
  Counter drops[static_cast<size_t>(DropReason::kCount)];
  void drop(DropReason reason, uint64_t n = 1) { drops[static_cast<size_t>(reason)].add(n); }
};

struct alignas(64) EndpointCounters {
#define X(name) Counter name;
  GENEVE_ENDPOINT_COUNTERS(X)
#undef X
};

}  // namespace geneve
