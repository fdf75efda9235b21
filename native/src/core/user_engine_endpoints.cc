// Endpoints of the user-space engine: their interfaces come, idle and go, off the lanes' way.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "interface_name.h"
#include "user_engine.h"

namespace geneve {
namespace {

std::string hexOf(uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

void UserEngine::create(uint64_t eni) {
  const EngineConfig& config = state_.config;
  bool leaving;
  {
    const std::lock_guard guard(mutex_);
    if (endpoints_.contains(eni)) return;
    leaving = leaving_.contains(eni);
  }
  const auto refuse = [&](DropReason reason, const std::string& message) {
    LaneCommand command{LaneCommand::Kind::kRefuse};
    command.eni = eni;
    command.reason = reason;
    everyLane(command);
    refused(eni, reason, message);
  };
  if (leaving) return refuse(DropReason::kEndpointGone, "its old interfaces are still closing");
  const uint64_t now = monotonicMs();
  const auto most = static_cast<double>(config.createPerSecond);
  if (createTokensMs_ == 0) createTokens_ = most;
  else createTokens_ = std::min(most, createTokens_ + static_cast<double>(now - createTokensMs_) * most / 1000);
  createTokensMs_ = now;
  if (state_.endpoints.load() >= config.maxEndpoints || freeIndices_.empty())
    return refuse(DropReason::kEndpointLimit, "maxEndpoints is reached");
  if (createTokens_ < 1) return refuse(DropReason::kEndpointRate, "createPerSecond is reached");
  createTokens_ -= 1;

  auto endpoint = newEndpoint(eni);
  if (!config.pendingQueue) endpoint->state = EndpointState::kReady;
  std::string call;
  if (!createTun(endpoint->gwi, tunQueues(), config.mtu, state_.tun, endpoint->in, call) ||
      !createTun(endpoint->gwo, tunQueues(), config.mtu, state_.tun, endpoint->out, call))
    return refuse(DropReason::kEndpointDevice, call + ": " + std::strerror(errno));

  const uint32_t index = freeIndices_.back();
  freeIndices_.pop_back();
  endpoint->id = (++generation_ << 12) | index;
  FlowCounts& counts = state_.flowCounts[index];
  counts.id.store(endpoint->id);
  for (unsigned i = 0; i < 2; ++i) {
    counts.size[i] = 0;
    counts.timedOut[i] = 0;
    counts.evicted[i] = 0;
  }
  introduce(endpoint, {});
}

UserEngine::EndpointPointer UserEngine::newEndpoint(uint64_t eni) const {
  auto endpoint = std::make_shared<Endpoint>();
  endpoint->eni = eni;
  endpoint->gwi = "gwi-" + base60(eni);
  endpoint->gwo = "gwo-" + base60(eni);
  endpoint->lanes = lanes_.size();
  endpoint->counters = std::make_unique<EndpointCounters[]>(lanes_.size());
  endpoint->createdMs = monotonicMs();
  return endpoint;
}

unsigned UserEngine::tunQueues() const {
  const auto& lanes = state_.config.lanes;
  return static_cast<unsigned>(std::count_if(lanes.begin(), lanes.end(), [](const LaneConfig& lane) { return lane.tun; }));
}

void UserEngine::introduce(const EndpointPointer& endpoint, const std::string& how) {
  endpoint->holders.store(static_cast<unsigned>(lanes_.size()));
  state_.endpoints.fetch_add(1);
  created_.fetch_add(1, std::memory_order_relaxed);
  {
    const std::lock_guard guard(mutex_);
    endpoints_[endpoint->eni] = endpoint;
  }
  LaneCommand command{LaneCommand::Kind::kAdd};
  command.endpoint = endpoint;
  command.eni = endpoint->eni;
  everyLane(command);
  emit(EngineEvent::Type::kEndpointCreated, *endpoint, how);
}

void UserEngine::refused(uint64_t eni, DropReason reason, const std::string& message) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  const uint64_t now = monotonicMs();
  if (now < nextRefusalEventMs_) return;
  nextRefusalEventMs_ = now + 1000;
  EngineEvent event{EngineEvent::Type::kEndpointRefused};
  event.eni = eni;
  event.detail = reason == DropReason::kEndpointLimit    ? "limit"
                 : reason == DropReason::kEndpointRate   ? "rate"
                 : reason == DropReason::kEndpointDevice || reason == DropReason::kEndpointGone ? "device"
                                                         : "not-allowed";
  event.text = "endpoint " + hexOf(eni) + ": " + message;
  sink_(std::move(event));
}

bool UserEngine::endpointReady(uint64_t eni) {
  const std::lock_guard guard(mutex_);
  const auto found = endpoints_.find(eni);
  if (found == endpoints_.end()) return false;
  EndpointState expected = EndpointState::kPending;
  found->second->state.compare_exchange_strong(expected, EndpointState::kReady);
  // After the hook, which may want to add a clsact of its own, and before what waits is delivered: adding one stops the
  // device for a moment.
  joinKernel(*found->second);
  LaneCommand command{LaneCommand::Kind::kReady};
  command.eni = eni;
  everyLane(command);
  return true;
}

bool UserEngine::removeEndpoint(uint64_t eni) {
  const std::lock_guard guard(mutex_);
  const auto found = endpoints_.find(eni);
  if (found == endpoints_.end()) return false;
  leaveKernel(*found->second);
  leaving_[eni] = found->second;
  endpoints_.erase(found);
  LaneCommand command{LaneCommand::Kind::kRemove};
  command.eni = eni;
  everyLane(command);
  return true;
}

// An endpoint is gone when every lane has let go of its descriptors: closing them removes the interfaces.
void UserEngine::finishRemovals() {
  std::vector<EndpointPointer> done;
  {
    const std::lock_guard guard(mutex_);
    for (auto at = leaving_.begin(); at != leaving_.end();) {
      if (at->second->holders.load(std::memory_order_acquire) != 0) {
        ++at;
        continue;
      }
      done.push_back(std::move(at->second));
      at = leaving_.erase(at);
    }
  }
  for (const EndpointPointer& endpoint : done) {
    if (state_.kernel) {
      const std::lock_guard guard(mutex_);
      state_.kernel->read(*endpoint, endpoint->kernel);
      addKernel(kernelGone_, endpoint->kernel);
    }
    closeDevices(*endpoint, false);
    // From here on the sweep takes its flows away.
    state_.flowCounts[endpoint->id % kMostEndpoints].id.store(0);
    freeIndices_.insert(freeIndices_.begin(), endpoint->id % kMostEndpoints);
    state_.endpoints.fetch_sub(1);
    emit(EngineEvent::Type::kEndpointRemoved, *endpoint);
  }
}

void UserEngine::checkIdle(uint64_t nowMs) {
  const uint64_t limitMs = uint64_t{state_.config.endpointIdleSeconds} * 1000;
  if (limitMs == 0) return;
  std::vector<EndpointPointer> idle;
  {
    const std::lock_guard guard(mutex_);
    if (state_.kernel) readKernel();
    for (const auto& [eni, endpoint] : endpoints_) {
      uint64_t last = endpoint->createdMs;
      for (size_t i = 0; i < endpoint->lanes; ++i) {
        const EndpointCounters& counters = endpoint->counters[i];
        last = std::max({last, counters.lastGwiOutMs.get(), counters.lastGwiInMs.get(), counters.lastGwoInMs.get()});
      }
      last = std::max({last, endpoint->kernel.lastGwiOutMs.get(), endpoint->kernel.lastGwoInMs.get()});
      if (nowMs < last + limitMs) {
        endpoint->idleReported = false;
      } else if (!endpoint->idleReported) {
        endpoint->idleReported = true;
        idle.push_back(endpoint);
      }
    }
  }
  for (const EndpointPointer& endpoint : idle)
    emit(EngineEvent::Type::kEndpointIdle, *endpoint, {}, state_.config.endpointIdleSeconds);
}

}  // namespace geneve
