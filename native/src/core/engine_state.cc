#include "engine_state.h"

#include <unistd.h>

namespace geneve {

bool RequestQueue::post(const LaneRequest& request) {
  {
    const std::lock_guard guard(mutex_);
    if (requests_.size() >= kMost) return false;
    requests_.push_back(request);
  }
  wake();
  return true;
}

std::vector<LaneRequest> RequestQueue::take() {
  std::vector<LaneRequest> taken;
  const std::lock_guard guard(mutex_);
  taken.swap(requests_);
  return taken;
}

void RequestQueue::wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void EngineState::countInserted(const FlowKey& key) {
  FlowCounts& counts = flowCounts[endpointOf(key) % kMostEndpoints];
  if (counts.id.load(std::memory_order_relaxed) == endpointOf(key))
    counts.size[isIpv6(key)].fetch_add(1, std::memory_order_relaxed);
}

void EngineState::countLost(const FlowLoss& loss) {
  (loss.evicted ? flowsEvicted : flowsTimedOut).fetch_add(1, std::memory_order_relaxed);
  FlowCounts& counts = flowCounts[endpointOf(loss.key) % kMostEndpoints];
  if (counts.id.load(std::memory_order_relaxed) != endpointOf(loss.key)) return;
  const bool six = isIpv6(loss.key);
  counts.size[six].fetch_sub(1, std::memory_order_relaxed);
  (loss.evicted ? counts.evicted : counts.timedOut)[six].fetch_add(1, std::memory_order_relaxed);
}

}  // namespace geneve
