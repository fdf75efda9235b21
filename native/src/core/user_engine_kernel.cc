// The kernel's programs as a lane of the user-space engine: when they are used, which endpoints they serve, what they
// counted.
#include <algorithm>
#include <cerrno>

#include "user_engine.h"

namespace geneve {
namespace {

constexpr uint32_t kLeastKernelIdleSeconds = 20;  ///< The sweep, which keeps busy flows, passes every five.
constexpr uint64_t kGwlbHeaderBytes = 40;

}  // namespace

void UserEngine::addKernel(LaneCounters& lane, const EndpointCounters& counters) {
  const auto headers = [](const Counter& packets) { return packets.get() * kGwlbHeaderBytes; };
  lane.udpPackets.add(counters.gwiPacketsOut.get());
  lane.udpBytes.add(counters.gwiBytesOut.get() + headers(counters.gwiPacketsOut));
  lane.tunWrittenPackets.add(counters.gwiPacketsOut.get());
  lane.tunReadPackets.add(counters.returnedPackets.get());
  lane.returnedPackets.add(counters.returnedPackets.get());
  lane.returnedBytes.add(counters.returnedBytes.get());
  lane.drop(DropReason::kSendFailed, counters.drops.get());
  lane.lastReceiveMs.set(std::max(lane.lastReceiveMs.get(), counters.lastGwiOutMs.get()));
}

bool UserEngine::openKernel(Failure& failure) {
  const EngineConfig& config = state_.config;
  if (config.datapath == Datapath::kUser) return true;
  std::string reason;
  int error = 0;
  if (!state_.features.packetSocket) reason = "packets return through a raw socket";
  else if (config.outerChecksum == OuterChecksum::kComputed) reason = "outer checksums are to be computed";
  else if (config.flowIdleSeconds < kLeastKernelIdleSeconds) reason = "flows are forgotten within " + std::to_string(kLeastKernelIdleSeconds) + " s";
  else state_.kernel = KernelPath::open(config, reason, error);
  state_.features.kernelPath = state_.kernel != nullptr;
  if (state_.kernel) {
    enableKernel();
    return true;
  }
  if (config.datapath == Datapath::kEbpf) {
    const bool denied = error == EPERM || error == EACCES;
    failure = {denied ? "NET_NATIVE_PRIVILEGE" : "NET_NATIVE_KERNEL_PATH", "the kernel path cannot be used: " + reason, error};
    return false;
  }
  kernelNote_ = "kernel path not used: " + reason;
  return true;
}

void UserEngine::joinKernel(Endpoint& endpoint) {
  if (!state_.kernel || endpoint.inKernel.exchange(true)) return;
  std::string reason;
  if (state_.kernel->addEndpoint(endpoint, reason)) {
    // Only now: what was never ready is not left behind.
    if (state_.kernel->outlivesProcess() && (!setPersistent(endpoint.in, true) || !setPersistent(endpoint.out, true)))
      log("important", "tunnel", endpoint.gwi + " will not outlive this process");
    return;
  }
  state_.kernel->removeEndpoint(endpoint);
  log("important", "tunnel", endpoint.gwi + " is served in user space: " + reason);
}

void UserEngine::leaveKernel(Endpoint& endpoint) {
  if (state_.kernel) state_.kernel->removeEndpoint(endpoint);
}

void UserEngine::readKernel() {
  std::vector<const EndpointCounters*> all;
  for (const auto* map : {&endpoints_, &leaving_}) {
    for (const auto& [eni, endpoint] : *map) {
      state_.kernel->read(*endpoint, endpoint->kernel);
      all.push_back(&endpoint->kernel);
    }
  }
  LaneCounters sum;
#define X(name) sum.name.add(kernelGone_.name.get());
  GENEVE_LANE_COUNTERS(X)
#undef X
  for (size_t i = 0; i < static_cast<size_t>(DropReason::kCount); ++i) sum.drops[i].add(kernelGone_.drops[i].get());
  for (const EndpointCounters* one : all) addKernel(sum, *one);
#define X(name) kernelLane_.name.set(sum.name.get());
  GENEVE_LANE_COUNTERS(X)
#undef X
  for (size_t i = 0; i < static_cast<size_t>(DropReason::kCount); ++i) kernelLane_.drops[i].set(sum.drops[i].get());
  kernelLane_.lastTurnMs.set(monotonicMs());
}

void UserEngine::enableKernel() {
  if (!state_.kernel) return;
  const bool needsLanes = state_.capture.points.load(std::memory_order_relaxed) != 0 && !capturesInKernel_.load();
  state_.kernel->setEnabled((!stopping_.load() || handsOver()) && !needsLanes && !state_.decapOnly.load(std::memory_order_relaxed));
}

bool UserEngine::handsOver() const { return state_.config.handOver && state_.kernel && state_.kernel->outlivesProcess(); }

void UserEngine::closeDevices(Endpoint& endpoint, bool keep) {
  for (TunDevice* device : {&endpoint.in, &endpoint.out}) {
    if (!keep) setPersistent(*device, false);
    device->queues.clear();
  }
}

void UserEngine::setDecapOnly(bool on) {
  state_.decapOnly.store(on, std::memory_order_relaxed);
  enableKernel();
}

}  // namespace geneve
