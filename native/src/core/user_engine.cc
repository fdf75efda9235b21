#include "user_engine.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace geneve {
namespace {

// Fragments, address pairs and ICMP errors: enough for what is under way, bounded whatever comes.
size_t relatedEntries(size_t maxFlows) { return std::clamp<size_t>(maxFlows / 4, 4096, 262'144); }

uint64_t randomSeed() {
  uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != sizeof seed) seed = monotonicMs() * 0x9e3779b97f4a7c15;
  return seed;
}

}  // namespace

std::unique_ptr<Engine> startUserEngine(EngineConfig config, EventSink sink, Failure& failure) {
  auto engine = std::make_unique<UserEngine>(std::move(config), std::move(sink));
  if (!engine->start(failure)) return nullptr;
  return engine;
}

UserEngine::UserEngine(EngineConfig config, EventSink sink) : sink_(std::move(sink)) {
  state_.config = std::move(config);
  std::sort(state_.config.endpoints.begin(), state_.config.endpoints.end());
  state_.decapOnly = state_.config.decapOnly;
  for (uint32_t i = kMostEndpoints; i > 0; --i) freeIndices_.push_back(i - 1);
}

UserEngine::~UserEngine() { stop(0); }

bool UserEngine::start(Failure& failure) {
  const uint64_t seed = randomSeed();
  const EngineConfig& config = state_.config;
  const uint32_t idleTicks = ticksOf(uint64_t{config.flowIdleSeconds} * 1000);
  state_.flows = FlowTable::create(config.maxFlows, idleTicks, seed);
  state_.related = FlowTable::create(relatedEntries(config.maxFlows), std::max(idleTicks, kFragmentTicks), seed ^ 1);
  if (!state_.flows || !state_.related) {
    failure = {"NET_NATIVE_MEMORY", "no memory for the flow table; lower maxFlows", errno};
    return false;
  }
  state_.flowCounts = std::make_unique<FlowCounts[]>(kMostEndpoints);
  state_.requests = std::make_unique<RequestQueue>(FileDescriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
  if (!probe(failure) || !openKernel(failure)) return false;
  readLeft();

  unsigned tunLanes = 0, udpLanes = 0;
  for (const LaneConfig& lane : config.lanes) {
    tunLanes += lane.tun;
    udpLanes += lane.udp;
  }
  unsigned nextTun = 0, index = 0;
  bool first = true;
  for (const LaneConfig& lane : config.lanes) {
    const unsigned queue = lane.tun ? nextTun++ : index % tunLanes;
    lanes_.push_back(std::make_unique<Lane>(state_, index++, lane, queue));
    if (!lanes_.back()->open(lane.udp && first, udpLanes > 1, failure)) return false;
    if (lane.udp) {
      first = false;
      state_.features.udpGro = lanes_.back()->udpGro();
    }
  }
  stuck_.resize(lanes_.size());
  resolverOpen_ = resolver_.open();
  for (const auto& lane : lanes_)
    if (!lane->start(failure)) return false;
  if (const int error = ::pthread_create(&thread_, nullptr, threadMain, this); error != 0) {
    failure = {"NET_NATIVE_MEMORY", "control thread", error};
    return false;
  }
  threadStarted_ = true;
  return true;
}

bool UserEngine::probe(Failure& failure) {
  std::string call;
  if (!probeTun(state_.config.offload, state_.tun, call)) {
    const bool denied = errno == EPERM || errno == EACCES;
    failure = {denied ? "NET_NATIVE_PRIVILEGE" : "NET_NATIVE_TUN",
               call + (denied ? " refused: CAP_NET_ADMIN and access to /dev/net/tun are needed" : ""), errno};
    return false;
  }
  state_.features.tunTso = state_.tun.tso;
  state_.features.tunUso = state_.tun.uso;
  // Packet sockets learned to send large UDP packets in the release that gave tun USO (6.2).
  state_.features.packetUso = state_.tun.uso;
  state_.features.packetSocket = state_.config.returnPath != ReturnPath::kRaw && state_.config.offload;
  if (state_.config.returnPath == ReturnPath::kPacket) state_.features.packetSocket = true;
  return true;
}

void* UserEngine::threadMain(void* self) {
  ::pthread_setname_np(::pthread_self(), "gwlb-control");
  static_cast<UserEngine*>(self)->control();
  return nullptr;
}

void UserEngine::control() {
  constexpr int kWakeMs = 250;
  uint64_t drainEndMs = 0;
  const EngineFeatures& has = state_.features;
  log("info", "core", std::string("started: UDP GRO ") + (has.udpGro ? "on" : "off") + ", tun TSO " + (has.tunTso ? "on" : "off") +
                          ", tun USO " + (has.tunUso ? "on" : "off") + ", packet socket " + (has.packetSocket ? "on" : "off") + ", kernel path " + (has.kernelPath ? state_.kernel->attachMode() : "off"));
  if (!kernelNote_.empty()) log("info", "core", kernelNote_);
  adopt();
  for (;;) {
    pollfd fds[2] = {{state_.requests->wakeFd(), POLLIN, 0}, {resolverOpen_ ? resolver_.eventFd() : -1, POLLIN, 0}};
    ::poll(fds, 2, drainEndMs != 0 ? 5 : kWakeMs);
    uint64_t drained;
    while (::read(fds[0].fd, &drained, sizeof drained) > 0) {
    }
    for (const LaneRequest& request : state_.requests->take()) handle(request);
    const uint64_t now = monotonicMs();
    if (fds[1].revents != 0) {
      resolver_.drainEvents();
      resolveAgain();
    } else if (now > hopsCheckedMs_ + 1000) {
      resolveAgain();
    }
    finishRemovals();
    if (stopping_.load(std::memory_order_acquire)) {
      if (drainEndMs == 0) {
        enableKernel();
        drainEndMs = now + drainMs_.load();
        everyLane({LaneCommand::Kind::kDrain});
      }
      if (now >= drainEndMs) break;
      continue;
    }
    checkIdle(now);
    checkLanes(now);
    // The whole table in about five seconds.
    sweep(state_.flows->sets() / 20 + 1);
  }
  everyLane({LaneCommand::Kind::kStop});
  for (const auto& lane : lanes_) lane->join();
  if (state_.kernel) state_.kernel->setKeep(handsOver());
  std::map<uint64_t, EndpointPointer> last;
  {
    const std::lock_guard guard(mutex_);
    last.swap(endpoints_);
    last.merge(leaving_);
  }
  for (auto& [eni, endpoint] : last) {
    closeDevices(*endpoint, handsOver());
    emit(EngineEvent::Type::kEndpointRemoved, *endpoint);
  }
  // Last: its directory is the next process's from here on.
  if (state_.kernel) state_.kernel->close();
}

void UserEngine::handle(const LaneRequest& request) {
  switch (request.kind) {
    case LaneRequest::Kind::kCreate:
      if (!stopping_.load()) create(request.eni);
      break;
    case LaneRequest::Kind::kResolve:
      resolve(request.address);
      break;
    case LaneRequest::Kind::kRefused:
      refused(request.eni, request.reason, "refused by a lane");
      break;
    case LaneRequest::Kind::kTunLost: {
      EndpointPointer endpoint;
      {
        const std::lock_guard guard(mutex_);
        const auto found = endpoints_.find(request.eni);
        if (found == endpoints_.end() || found->second->id != request.endpoint) return;
        endpoint = found->second;
      }
      if (endpoint->state.exchange(EndpointState::kLost) == EndpointState::kLost) return;
      leaveKernel(*endpoint);
      emit(EngineEvent::Type::kTunLost, *endpoint, request.out ? endpoint->gwo : endpoint->gwi);
      break;
    }
  }
}

void UserEngine::checkLanes(uint64_t nowMs) {
  const uint64_t limitMs = uint64_t{state_.config.stuckSeconds} * 1000;
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const uint64_t last = lanes_[i]->counters().lastTurnMs.get();
    const bool stuck = last != 0 && nowMs > last + limitMs;
    if (stuck == stuck_[i]) continue;
    stuck_[i] = stuck;
    EngineEvent event{stuck ? EngineEvent::Type::kLaneStuck : EngineEvent::Type::kLaneRecovered};
    event.number = static_cast<double>(i);
    event.detail = std::to_string((nowMs - last) / 1000);
    sink_(std::move(event));
  }
}

size_t UserEngine::sweep(size_t sets) {
  const std::lock_guard sweeping(sweepMutex_);
  const uint32_t now = ticksOf(monotonicMs());
  size_t removed = 0;
  const auto gone = [this](uint32_t id) { return state_.flowCounts[id % kMostEndpoints].id.load(std::memory_order_relaxed) != id; };
  const auto lost = [&](const FlowLoss& loss) {
    state_.countLost(loss);
    removed++;
  };
  const KernelPath* kernel = state_.kernel.get();
  if (kernel == nullptr) state_.flows->sweep(sweepAt_, sets, now, gone, lost);
  else state_.flows->sweep(sweepAt_, sets, now, gone, lost, [=](const FlowKey& key, uint32_t& seen) { return kernel->seenSince(key, seen); });
  sweepAt_ = sweepAt_ + sets >= state_.flows->sets() ? 0 : sweepAt_ + sets;
  const size_t related = sets * state_.related->sets() / state_.flows->sets() + 1;
  state_.related->sweep(sweepRelatedAt_, related, now, gone, [](const FlowLoss&) {});
  sweepRelatedAt_ = sweepRelatedAt_ + related >= state_.related->sets() ? 0 : sweepRelatedAt_ + related;
  return removed;
}

size_t UserEngine::expireFlows() {
  {
    const std::lock_guard sweeping(sweepMutex_);
    sweepAt_ = 0;
  }
  return sweep(state_.flows->sets());
}

void UserEngine::resolve(uint32_t destination) {
  constexpr size_t kMostHops = 1024;
  if (!resolverOpen_ || (hops_.size() >= kMostHops && !hops_.contains(destination))) return;
  auto& known = hops_[destination];
  auto fresh = resolver_.resolve(destination);
  if (fresh == known) return;
  LaneCommand command{fresh ? LaneCommand::Kind::kNextHop : LaneCommand::Kind::kForgetNextHop};
  command.hop = fresh ? *fresh : NextHop{destination};
  known = fresh;
  if (state_.kernel) {
    // A neighbour that must be asked for again is asked by a packet of the kernel's own path.
    if (fresh && !fresh->stale) state_.kernel->setHop(*fresh);
    else state_.kernel->removeHop(destination);
  }
  everyLane(command);
}

void UserEngine::resolveAgain() {
  hopsCheckedMs_ = monotonicMs();
  for (auto at = hops_.begin(); at != hops_.end();) {
    const uint32_t destination = at->first;
    ++at;
    resolve(destination);
    // Not reachable (any more): a lane that still has traffic for it asks again.
    if (!hops_[destination]) hops_.erase(destination);
  }
}

void UserEngine::everyLane(const LaneCommand& command) {
  for (const auto& lane : lanes_) lane->command(command);
}

void UserEngine::setCapture(uint32_t points, uint32_t sampleEvery, uint32_t snapBytes) {
  if (points != 0)
    for (const auto& lane : lanes_) lane->captureRing().allocate(state_.config.captureRingBytes);
  state_.capture.sampleEvery.store(std::max(1u, sampleEvery));
  state_.capture.snapBytes.store(std::clamp(snapBytes, 1u, 65535u));
  state_.capture.points.store(points, std::memory_order_release);
  std::string reason;
  capturesInKernel_ = state_.kernel && state_.kernel->setCapture(points, state_.capture.sampleEvery, state_.capture.snapBytes,
                                                                 state_.config.captureRingBytes, reason);
  if (!reason.empty()) log("important", "core", "while packets are captured all of them take the long way: " + reason);
  enableKernel();
}

std::vector<CaptureRecord> UserEngine::readCapture() {
  std::vector<CaptureRecord> records;
  for (const auto& lane : lanes_) lane->captureRing().read(records);
  if (state_.kernel) state_.kernel->readCapture(static_cast<uint16_t>(lanes_.size()), records);
  return records;
}

EngineSnapshot UserEngine::snapshot() {
  EngineSnapshot snapshot{};
  snapshot.nowMs = monotonicMs();
  snapshot.port = state_.config.port;
  snapshot.features = state_.features;
  const uint64_t limitMs = uint64_t{state_.config.stuckSeconds} * 1000;
  for (const auto& lane : lanes_) {
    const uint64_t last = lane->counters().lastTurnMs.get();
    snapshot.lanes.push_back({lane->config().udp, lane->config().tun, !stopped_ && snapshot.nowMs <= last + limitMs, &lane->counters()});
    snapshot.captureDropped += lane->captureRing().dropped();
  }
  if (state_.kernel) snapshot.captureDropped += state_.kernel->captureDropped();
  {
    const std::lock_guard guard(mutex_);
    if (state_.kernel) {
      readKernel();
      snapshot.lanes.push_back({true, true, !stopped_, &kernelLane_});
    }
    for (const auto& [eni, endpoint] : endpoints_) {
      EndpointSnapshot one{eni, endpoint->gwi, endpoint->gwo, static_cast<int>(endpoint->state.load()), {}, endpoint, {}};
      for (size_t i = 0; i < endpoint->lanes; ++i) one.lanes.push_back(&endpoint->counters[i]);
      if (state_.kernel) one.lanes.push_back(&endpoint->kernel);
      const FlowCounts& counts = state_.flowCounts[endpoint->id % kMostEndpoints];
      const auto size = [&](unsigned i) { return static_cast<uint64_t>(std::max<int64_t>(0, counts.size[i].load())); };
      one.flows = {size(0), counts.timedOut[0], counts.evicted[0], size(1), counts.timedOut[1], counts.evicted[1]};
      snapshot.endpoints.push_back(std::move(one));
    }
  }
  snapshot.flows = state_.flows->size();
  snapshot.flowCapacity = state_.flows->capacity();
  snapshot.flowBytes = state_.flows->bytes() + state_.related->bytes();
  snapshot.flowsTimedOut = state_.flowsTimedOut;
  snapshot.flowsEvicted = state_.flowsEvicted;
  snapshot.flowIdleSeconds = state_.config.flowIdleSeconds;
  snapshot.endpointsCreated = created_;
  snapshot.kernelFlowCapacity = state_.kernel ? state_.kernel->flowCapacity() : 0;
  snapshot.kernelFlowsEvicted = state_.kernel ? state_.kernel->flowsEvicted() : 0;
  snapshot.flowsAdopted = flowsAdopted_;
  if (state_.kernel) snapshot.programs = state_.kernel->programs();
  snapshot.endpointsRefused = refused_;
  return snapshot;
}

void UserEngine::stop(unsigned drainMs) {
  if (stopped_.exchange(true)) return;
  drainMs_ = drainMs;
  stopping_.store(true, std::memory_order_release);
  if (threadStarted_) {
    state_.requests->wake();
    ::pthread_join(thread_, nullptr);
    return;
  }
  // Start failed half way: lanes may run without a control thread.
  everyLane({LaneCommand::Kind::kStop});
  for (const auto& lane : lanes_) lane->join();
}

void UserEngine::emit(EngineEvent::Type type, const Endpoint& endpoint, std::string detail, double number) {
  EngineEvent event{type, endpoint.eni, endpoint.gwi, endpoint.gwo};
  event.detail = std::move(detail);
  event.number = number;
  sink_(std::move(event));
}

void UserEngine::log(const char* level, const char* section, std::string text) {
  EngineEvent event{EngineEvent::Type::kLog};
  event.detail = level;
  event.section = section;
  event.text = std::move(text);
  sink_(std::move(event));
}

}  // namespace geneve
