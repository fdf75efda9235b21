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

void EngineState::storeDatagram(const FlowKey& key, const FlowValue& value, uint32_t nowTicks, FlowLoss& loss, bool& hasLoss) {
  related->store(key, related->hash(key), value, nowTicks, loss, hasLoss);
  if (kernel) kernel->storeDatagram(key, value);
}

// With the kernel path, this table alone may have an older datagram of the same identification.
bool EngineState::findDatagram(const FlowKey& key, uint32_t nowTicks, FlowValue& value) const {
  const auto found = kernel ? kernel->findDatagram(key, value) : KernelPath::Datagram::kInTable;
  if (found == KernelPath::Datagram::kInTable) return related->find(key, related->hash(key), nowTicks, kFragmentTicks, value);
  return found == KernelPath::Datagram::kFound;
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
