// Taking over from a process that is gone: its endpoints keep their ids and interfaces, its flows their headers.
//
// Read in start(), when nothing else runs, and changed only by the control thread, when nothing can fail any more: a
// process that cannot start leaves everything as it was.
#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "interface_name.h"
#include "user_engine.h"

namespace geneve {
namespace {

bool isNamed(unsigned index, const std::string& name) { return index != 0 && ::if_nametoindex(name.c_str()) == index; }

bool isAllowed(const std::vector<Cidr>& cidrs, uint32_t source) {
  const uint32_t address = ntohl(source);
  return cidrs.empty() || std::any_of(cidrs.begin(), cidrs.end(), [&](const Cidr& cidr) { return (address & cidr.mask) == cidr.address; });
}

}  // namespace

void UserEngine::readLeft() {
  if (!state_.kernel) return;
  const EngineConfig& config = state_.config;
  for (const KernelPath::Left& one : state_.kernel->leftEndpoints()) {
    const uint32_t index = one.id % kMostEndpoints;
    const auto place = std::find(freeIndices_.begin(), freeIndices_.end(), index);
    const bool isWanted = config.endpoints.empty() || std::binary_search(config.endpoints.begin(), config.endpoints.end(), one.eni);
    const std::string name = base60(one.eni);
    if (!isWanted || place == freeIndices_.end() || adopted_.size() >= config.maxEndpoints || !isNamed(one.gwi, "gwi-" + name) || !isNamed(one.gwo, "gwo-" + name)) {
      disowned_.push_back(one);
      continue;
    }
    freeIndices_.erase(place);
    generation_ = std::max(generation_, one.id >> 12);
    state_.flowCounts[index].id.store(one.id);
    adopted_.push_back(one);
  }
  const uint32_t now = ticksOf(monotonicMs());
  state_.kernel->leftFlows([&](const FlowKey& key, const FlowValue& value, uint32_t seen) {
    const uint32_t id = endpointOf(key);
    const bool isKnown = id != 0 && state_.flowCounts[id % kMostEndpoints].id.load() == id;
    if (!isKnown || !isAllowed(config.allowFrom, value.outerSource) || static_cast<int32_t>(now - seen) > static_cast<int32_t>(state_.flows->idleTicks())) {
      staleFlows_.push_back(key);
      return;
    }
    FlowLoss loss;
    bool hasLoss = false;
    const Stored stored = state_.flows->store(key, state_.flows->hash(key), value, seen, loss, hasLoss);
    if (hasLoss) state_.countLost(loss);
    if (stored != Stored::kInserted) return;
    state_.countInserted(key);
    flowsAdopted_.fetch_add(1, std::memory_order_relaxed);
  });
}

void UserEngine::adopt() {
  if (!state_.kernel) return;
  for (const KernelPath::Left& one : disowned_) state_.kernel->disown(one);
  for (const FlowKey& key : staleFlows_) state_.kernel->forgetFlow(key);
  for (const KernelPath::Left& one : adopted_) adopt(one);
  for (const uint32_t destination : state_.kernel->leftHops()) {
    resolve(destination);
    if (!hops_[destination]) state_.kernel->removeHop(destination);
  }
  if (!adopted_.empty())
    log("important", "core", "took over " + std::to_string(endpoints_.size()) + " endpoints and " + std::to_string(flowsAdopted_.load()) + " flows");
  disowned_.clear();
  staleFlows_.clear();
  adopted_.clear();
}

void UserEngine::adopt(const KernelPath::Left& left) {
  auto endpoint = newEndpoint(left.eni);
  endpoint->id = left.id;
  endpoint->state = EndpointState::kReady;
  endpoint->inKernel = true;
  std::string reason;
  if (!adoptTun(endpoint->gwi, left.gwi, tunQueues(), state_.tun, endpoint->in, reason) ||
      !adoptTun(endpoint->gwo, left.gwo, tunQueues(), state_.tun, endpoint->out, reason) ||
      !state_.kernel->addEndpoint(*endpoint, reason, true)) {
    log("important", "tunnel", endpoint->gwi + " is not taken over: " + reason + ": " + std::strerror(errno));
    endpoint->in.queues.clear();
    endpoint->out.queues.clear();
    state_.kernel->disown(left);
    state_.flowCounts[left.id % kMostEndpoints].id.store(0);
    freeIndices_.insert(freeIndices_.begin(), left.id % kMostEndpoints);
    return;
  }
  introduce(endpoint, "adopted");
}

}  // namespace geneve
