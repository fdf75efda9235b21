#include "lane.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace geneve {
namespace {

constexpr int kHeartbeatMs = 500;
constexpr int kHeldRetryMs = 2;
constexpr unsigned kRoundsPerTurn = 8;
constexpr uint64_t kUdpEvent = 1, kWakeEvent = 2;

// Short turns on the CPU, so that a packet does not wait for the end of another process's long one: what the scheduler
// gives a thread stays the same (Linux 6.12; earlier kernels ignore it).
void askForShortTurns() {
  constexpr uint64_t kSliceNs = 100'000;
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes{};
  attributes.size = sizeof attributes;
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0 || attributes.policy != SCHED_OTHER) return;
  attributes.runtime = kSliceNs;
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

bool fail(Failure& failure, const char* code, const std::string& message) {
  failure = {code, message, errno};
  return false;
}

std::string dotted(uint32_t address) {
  char text[INET_ADDRSTRLEN];
  const in_addr value{htonl(address)};
  return ::inet_ntop(AF_INET, &value, text, sizeof text);
}

}  // namespace

Lane::Lane(EngineState& state, unsigned index, LaneConfig config, unsigned tunQueue)
    : state_(state),
      index_(index),
      config_(config),
      tunQueue_(tunQueue),
      counters_(std::make_unique<LaneCounters>()),
      coalescer_(std::make_unique<Coalescer>(state.tun.tso, state.tun.uso)),
      sender_(state, *counters_) {
  endpointIndex_.resize(std::bit_ceil(2 * state.config.maxEndpoints));
}

Lane::~Lane() = default;

bool Lane::open(bool first, bool severalUdp, Failure& failure) {
  receiveMemory_ = Mapping::anonymous(kBatch * kReceiveStride);
  arenaMemory_ = Mapping::anonymous(kArenaBytes);
  scratchMemory_ = Mapping::anonymous(kScratchBytes);
  if (!receiveMemory_ || !arenaMemory_ || !scratchMemory_) return fail(failure, "NET_NATIVE_MEMORY", "buffers of a lane");
  epoll_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
  wake_ = FileDescriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!epoll_ || !wake_) return fail(failure, "NET_NATIVE_SOCKET", "epoll or eventfd");
  epoll_event event{EPOLLIN, {.u64 = kWakeEvent}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
  if (!sender_.open()) {
    const bool denied = errno == EPERM || errno == EACCES;
    return fail(failure, denied ? "NET_NATIVE_PRIVILEGE" : "NET_NATIVE_SOCKET",
                denied ? "raw socket refused: CAP_NET_RAW is needed" : "raw socket");
  }
  if (!config_.udp) return true;

  receive_ = std::make_unique<ReceiveVectors>();
  for (unsigned i = 0; i < kBatch; ++i) {
    receive_->buffers[i] = {static_cast<uint8_t*>(receiveMemory_.data()) + i * kReceiveStride, 65536};
    receive_->messages[i].msg_hdr = {&receive_->sources[i], sizeof(sockaddr_in), &receive_->buffers[i], 1,
                                     receive_->control[i], sizeof receive_->control[i], 0};
  }

  udp_ = FileDescriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!udp_) return fail(failure, "NET_NATIVE_SOCKET", "UDP socket");
  const int one = 1, bytes = state_.config.receiveBufferBytes;
  const int fd = udp_.get();
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  const bool shareBefore = state_.config.sharePort || !first;
  if (shareBefore) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(state_.config.port);
  address.sin_addr.s_addr = htonl(state_.config.listenAddress);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    const std::string where = dotted(state_.config.listenAddress) + ":" + std::to_string(state_.config.port);
    if (errno == EADDRINUSE) return fail(failure, "NET_NATIVE_PORT_IN_USE", "UDP " + where + " is in use by another process");
    if (errno == EADDRNOTAVAIL) return fail(failure, "NET_NATIVE_ADDRESS", where + " is not an address of this machine");
    if (errno == EACCES) return fail(failure, "NET_NATIVE_PRIVILEGE", "UDP " + where + " may not be bound");
    return fail(failure, "NET_NATIVE_SOCKET", "bind UDP " + where);
  }
  // Set after the bind, the option lets our own lanes join while the bind itself was exclusive.
  if (severalUdp && !shareBefore) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  if (state_.config.listenAddress == 0) ::setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
  if (state_.config.keepDscp) ::setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &one, sizeof one);
  if (state_.config.offload) gro_ = ::setsockopt(fd, IPPROTO_UDP, UDP_GRO, &one, sizeof one) == 0;
  return true;
}

bool Lane::start(Failure& failure) {
  if (config_.udp) {
    epoll_event event{EPOLLIN, {.u64 = kUdpEvent}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, udp_.get(), &event);
  }
  const int error = ::pthread_create(&thread_, nullptr, threadMain, this);
  if (error != 0) {
    errno = error;
    return fail(failure, "NET_NATIVE_MEMORY", "thread of a lane");
  }
  started_ = true;
  if (config_.cpu < 0) return true;
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(config_.cpu, &cpus);
  errno = ::pthread_setaffinity_np(thread_, sizeof cpus, &cpus);
  return errno == 0 || fail(failure, "NET_NATIVE_CONFIG", "lane " + std::to_string(index_) + " cannot run on CPU " + std::to_string(config_.cpu));
}

void Lane::command(LaneCommand command) {
  {
    const std::lock_guard guard(commandMutex_);
    commands_.push_back(std::move(command));
  }
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void Lane::join() {
  if (started_) ::pthread_join(thread_, nullptr);
  started_ = false;
}

void* Lane::threadMain(void* self) {
  auto* lane = static_cast<Lane*>(self);
  char name[16];
  std::snprintf(name, sizeof name, "gwlb-lane-%u", lane->index_ % 1000);
  ::pthread_setname_np(::pthread_self(), name);
  lane->counters_->threadId.set(static_cast<uint64_t>(::syscall(SYS_gettid)));
  askForShortTurns();
  lane->run();
  return nullptr;
}

void Lane::run() {
  epoll_event events[64];
  tick();
  while (!stopping_) {
    const int count = ::epoll_wait(epoll_.get(), events, 64, held_.empty() ? kHeartbeatMs : kHeldRetryMs);
    tick();
    bool commands = false;
    for (int i = 0; i < count; ++i) {
      const uint64_t what = events[i].data.u64;
      if (what == kWakeEvent) {
        commands = true;
      } else if (what == kUdpEvent) {
        for (unsigned round = 0; round < kRoundsPerTurn; ++round) {
          const bool more = receiveBatch();
          readTouched();
          if (!more) break;
        }
      } else {
        auto& endpoint = *reinterpret_cast<LaneEndpoint*>(what & ~uint64_t{1});
        const unsigned interface = what & 1;
        if ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0 && (events[i].events & EPOLLIN) == 0) lost(endpoint, interface);
        else readTun(endpoint, interface, 4 * kBatch);
      }
    }
    if (!held_.empty()) retryHeld();
    // Last in the turn: a removed endpoint may still stand in `events`.
    if (commands) runCommands();
  }
}

void Lane::tick() {
  nowMs_ = monotonicMs();
  nowTicks_ = ticksOf(nowMs_);
  counters_->loopTurns.add(1);
  counters_->lastTurnMs.set(nowMs_);
  if (udp_ && nowMs_ >= nextKernelDropsMs_) readKernelDrops();
}

// Datagrams that found the receive buffer full. Asked for now and then: as control data of every packet it costs more.
void Lane::readKernelDrops() {
  constexpr uint64_t kIntervalMs = 100;
  constexpr size_t kDropsIndex = 8;  // SK_MEMINFO_DROPS
  nextKernelDropsMs_ = nowMs_ + kIntervalMs;
  uint32_t info[9] = {};
  socklen_t length = sizeof info;
  if (::getsockopt(udp_.get(), SOL_SOCKET, SO_MEMINFO, info, &length) != 0 || length < sizeof info) return;
  counters_->udpKernelDrops.add(info[kDropsIndex] - kernelDropsSeen_);
  kernelDropsSeen_ = info[kDropsIndex];
}

void Lane::runCommands() {
  uint64_t drained;
  while (::read(wake_.get(), &drained, sizeof drained) > 0) {
  }
  std::vector<LaneCommand> commands;
  {
    const std::lock_guard guard(commandMutex_);
    commands.swap(commands_);
  }
  for (auto& command : commands) {
    switch (command.kind) {
      case LaneCommand::Kind::kAdd:
        addEndpoint(std::move(command.endpoint));
        break;
      case LaneCommand::Kind::kReady:
        if (LaneEndpoint* endpoint = findEndpoint(command.eni)) {
          endpoint->ready = true;
          deliverPending(command.eni);
        }
        break;
      case LaneCommand::Kind::kRemove:
        removeEndpoint(command.eni);
        break;
      case LaneCommand::Kind::kRefuse:
        refusePending(command.eni, command.reason);
        break;
      case LaneCommand::Kind::kNextHop:
        sender_.setNextHop(command.hop);
        break;
      case LaneCommand::Kind::kForgetNextHop:
        sender_.forgetNextHop(command.hop.destination);
        break;
      case LaneCommand::Kind::kDrain:
        draining_ = true;
        if (udp_) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, udp_.get(), nullptr);
        break;
      case LaneCommand::Kind::kStop:
        while (!endpoints_.empty()) removeEndpoint(endpoints_.back()->endpoint->eni);
        stopping_ = true;
        break;
    }
  }
}

void Lane::addEndpoint(std::shared_ptr<Endpoint> endpoint) {
  auto added = std::make_unique<LaneEndpoint>();
  added->counters = &endpoint->counters[index_];
  added->writeFd = endpoint->in.queues[tunQueue_].get();
  added->readFd[0] = added->readFd[1] = -1;
  added->ready = !state_.config.pendingQueue || endpoint->state.load() == EndpointState::kReady;
  if (config_.tun) {
    added->readFd[0] = endpoint->in.queues[tunQueue_].get();
    added->readFd[1] = endpoint->out.queues[tunQueue_].get();
    for (unsigned i = 0; i < 2; ++i) {
      epoll_event event{EPOLLIN, {.u64 = reinterpret_cast<uint64_t>(added.get()) | i}};
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, added->readFd[i], &event);
    }
  }
  const uint64_t eni = endpoint->eni;
  const bool ready = added->ready;
  added->endpoint = std::move(endpoint);
  endpoints_.push_back(std::move(added));
  rebuildIndex();
  if (ready) deliverPending(eni);
}

void Lane::removeEndpoint(uint64_t eni) {
  refusePending(eni, DropReason::kEndpointGone);
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    if (endpoints_[i]->endpoint->eni != eni) continue;
    const std::unique_ptr<LaneEndpoint> removed = std::move(endpoints_[i]);
    endpoints_.erase(endpoints_.begin() + static_cast<ptrdiff_t>(i));
    rebuildIndex();
    std::erase(touched_, removed.get());
    for (const int fd : removed->readFd)
      if (fd >= 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    removed->endpoint->holders.fetch_sub(1, std::memory_order_release);
    state_.requests->wake();
    return;
  }
}

void Lane::rebuildIndex() {
  lastEndpoint_ = nullptr;
  std::fill(endpointIndex_.begin(), endpointIndex_.end(), nullptr);
  const size_t mask = endpointIndex_.size() - 1;
  for (const auto& endpoint : endpoints_) {
    size_t at = (endpoint->endpoint->eni * 0x9e3779b97f4a7c15) >> 40 & mask;
    while (endpointIndex_[at] != nullptr) at = (at + 1) & mask;
    endpointIndex_[at] = endpoint.get();
  }
}

Lane::LaneEndpoint* Lane::findEndpoint(uint64_t eni) {
  if (lastEndpoint_ != nullptr && lastEndpoint_->endpoint->eni == eni) return lastEndpoint_;
  const size_t mask = endpointIndex_.size() - 1;
  for (size_t at = (eni * 0x9e3779b97f4a7c15) >> 40 & mask; endpointIndex_[at] != nullptr; at = (at + 1) & mask)
    if (endpointIndex_[at]->endpoint->eni == eni) return lastEndpoint_ = endpointIndex_[at];
  return nullptr;
}

void Lane::deliverPending(uint64_t eni) {
  std::deque<PendingPacket> rest, mine;
  for (auto& packet : pending_) (packet.eni == eni ? mine : rest).push_back(std::move(packet));
  pending_ = std::move(rest);
  for (auto& packet : mine) {
    pendingBytes_ -= packet.data.size();
    counters_->pendingDelivered.add(1);
    accept(packet.data.data(), static_cast<uint32_t>(packet.data.size()), packet.outer);
    if (received_ == kBatch) deliverReceived();
  }
  deliverReceived();
  flushToTun();
  readTouched();
}

void Lane::refusePending(uint64_t eni, DropReason reason) {
  std::erase_if(pending_, [&](const PendingPacket& packet) {
    if (packet.eni != eni) return false;
    pendingBytes_ -= packet.data.size();
    counters_->drop(reason);
    return true;
  });
}

void Lane::capture(unsigned point, uint64_t eni, ConstBytes packet, const Outer* outer) {
  const uint32_t every = state_.capture.sampleEvery.load(std::memory_order_relaxed);
  if (ring_.seen[point]++ % every != 0) return;
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  CaptureRecord record{};
  record.point = static_cast<uint8_t>(point);
  record.lane = static_cast<uint16_t>(index_);
  record.eni = eni;
  record.timeNs = static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
  if (outer != nullptr) {
    record.source = ntohl(outer->source);
    record.destination = ntohl(outer->destination);
    record.sourcePort = ntohs(outer->sourcePort);
    record.destinationPort = state_.config.port;
  }
  ring_.write(std::move(record), packet, state_.capture.snapBytes.load(std::memory_order_relaxed));
}

}  // namespace geneve
