// Tun to socket: find the header of the packet's direction, put it in front, send it back.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "icmp_error.h"
#include "lane.h"
#include "plain_io.h"

namespace geneve {
namespace {

constexpr unsigned kInnerOut = 2, kOuterOut = 3;
constexpr size_t kLargestRead = 65536 + 4096;
constexpr uint8_t kMissesToStop = 8, kTurnsToSkip = 64;
constexpr uint64_t kHoldMs = 20;
constexpr size_t kMostHeld = 64;
constexpr double kIcmpPerSecond = 100;
constexpr size_t kSegmentRoom = ReturnSender::kLead + kGeneveLongest + 256 + 8;
constexpr uint32_t kOuterHeaders = 28;

// What the kernel itself says on a fresh interface: router solicitations, listener reports. Nobody's traffic.
bool isLinkLocalMulticast(const uint8_t* packet, size_t length) {
  return length >= 40 && packet[0] >> 4 == 6 && packet[24] == 0xff && (packet[25] & 0x0f) == 0x02;
}

}  // namespace

// In one-arm mode what was written is back already: one look saves a turn of the poll.
void Lane::readTouched() {
  for (LaneEndpoint* endpoint : touched_) {
    const unsigned most = endpoint->written;
    endpoint->written = 0;
    if (!config_.tun || endpoint->lost) continue;
    if (endpoint->misses >= kMissesToStop) {
      if (++endpoint->skips < kTurnsToSkip) continue;
      endpoint->skips = 0;
    }
    if (readTun(*endpoint, endpoint->usual, most) > 0) {
      endpoint->misses = 0;
    } else if (endpoint->misses < kMissesToStop) {
      endpoint->misses++;
    }
  }
  touched_.clear();
}

// Reads up to `most` packets, batch by batch; returns how many.
unsigned Lane::readTun(LaneEndpoint& endpoint, unsigned interface, unsigned most) {
  if (endpoint.lost) return 0;
  const int fd = endpoint.readFd[interface];
  auto* arena = static_cast<uint8_t*>(arenaMemory_.data());
  const size_t lead = state_.tun.vnetHeader ? sizeof(VirtioHeader) : 0;
  unsigned total = 0;
  for (bool more = true; more && total < most;) {
    arenaUsed_ = 0;
    while (total < most && returned_ < kBatch && arenaUsed_ + kHeadroom + kLargestRead <= kArenaBytes) {
      uint8_t* data = arena + arenaUsed_ + kHeadroom;
      const ssize_t got = plainRead(fd, data - lead, kLargestRead - 64);
      if (got < 0) {
        if (errno != EAGAIN && errno != EINTR) lost(endpoint, interface);
        more = false;
        break;
      }
      total++;
      counters_->tunReads.add(1);
      if (static_cast<size_t>(got) <= lead) continue;
      VirtioHeader virtio{};
      if (lead != 0) std::memcpy(&virtio, data - lead, lead);
      const size_t length = static_cast<size_t>(got) - lead;
      if (acceptFromTun(endpoint, interface, data, length, virtio))
        arenaUsed_ += (kHeadroom + length + 63) & ~size_t{63};
    }
    sendReturned(endpoint);
  }
  if (total > 0) endpoint.usual = static_cast<uint8_t>(interface);
  return total;
}

bool Lane::acceptFromTun(LaneEndpoint& endpoint, unsigned interface, uint8_t* data, size_t length, const VirtioHeader& virtio) {
  if (isLinkLocalMulticast(data, length)) {
    counters_->drop(DropReason::kRouterSolicitation);
    return false;
  }
  (interface == 0 ? endpoint.counters->lastGwiInMs : endpoint.counters->lastGwoInMs).set(nowMs_);
  Returned& packet = returnedPackets_[returned_];
  packet.virtio = virtio;
  packet.data = data;
  packet.length = static_cast<uint32_t>(length);
  const bool valid = parseInner({data, length}, packet.inner).reason == DropReason::kNone;
  unsigned packets = 1;
  SegmentPlan plan;
  if (valid && virtio.gsoType != kGsoNone && planSegments(virtio, {data, length}, packet.inner, plan)) packets = plan.count;
  counters_->tunReadPackets.add(packets);
  (interface == 0 ? endpoint.counters->gwiPacketsIn : endpoint.counters->gwoPacketsIn).add(packets);
  (interface == 0 ? endpoint.counters->gwiBytesIn : endpoint.counters->gwoBytesIn)
      .add(length + (packets > 1 ? uint64_t{plan.headerLength} * (packets - 1) : 0));
  if (!valid) {
    drop(endpoint, DropReason::kTunPacketInvalid);
    return false;
  }
  if (state_.decapOnly.load(std::memory_order_relaxed)) {
    drop(endpoint, DropReason::kDecapOnly, packets);
    return false;
  }
  packet.key = flowKey(packet.inner, endpoint.endpoint->id);
  packet.hash = state_.flows->hash(packet.key);
  state_.flows->prefetchSet(packet.hash);
  returned_++;
  return true;
}

void Lane::sendReturned(LaneEndpoint& endpoint) {
  const uint32_t points = state_.capture.points.load(std::memory_order_acquire);
  FlowValue values[kBatch];
  scratchUsed_ = 0;
  for (unsigned i = 0; i < returned_; ++i) state_.flows->prefetchEntry(returnedPackets_[i].hash);
  for (unsigned i = 0; i < returned_; ++i) {
    Returned& packet = returnedPackets_[i];
    if (points & (1u << kInnerOut)) capture(kInnerOut, endpoint.endpoint->eni, {packet.data, packet.length}, nullptr);
    if (findFlow(packet, endpoint.endpoint->id, values[i])) {
      encapsulate(endpoint, packet, values[i]);
    } else if (packet.inner.fragment.present && !packet.inner.quoted && packet.inner.fragment.offset != 0) {
      hold(endpoint, packet);
    } else {
      drop(endpoint, DropReason::kNoFlow);
    }
  }
  sender_.flush();
  returned_ = 0;
}

bool Lane::findFlow(const Returned& packet, uint32_t endpointId, FlowValue& value) {
  const InnerPacket& inner = packet.inner;
  const bool later = inner.fragment.present && inner.fragment.offset != 0;
  if (inner.quoted || later) return findRelated(packet, endpointId, value);
  FlowTable& flows = *state_.flows;
  const uint32_t idle = flows.idleTicks();
  bool found = flows.find(packet.key, packet.hash, nowTicks_, idle, value);
  const bool byReverse = !found;
  if (byReverse) {
    const FlowKey back = reversed(packet.key);
    found = flows.find(back, flows.hash(back), nowTicks_, idle, value);
  }
  if (found && state_.kernel) state_.kernel->answered(packet.key, value, byReverse);
  if (found && inner.fragment.present) {
    // Fragments made on this machine: the later ones are found by what the first one leaves here.
    FlowLoss loss;
    bool hasLoss;
    const FlowKey key = fragmentKey(inner, endpointId);
    const size_t padded = (value.headerLength + 7u) & ~size_t{7};
    std::memset(value.header + value.headerLength, 0, padded - value.headerLength);
    state_.storeDatagram(key, value, nowTicks_, loss, hasLoss);
  }
  return found;
}

// ICMP errors and later fragments.
bool Lane::findRelated(const Returned& packet, uint32_t endpointId, FlowValue& value) {
  const InnerPacket& inner = packet.inner;
  FlowTable& related = *state_.related;
  const auto find = [&](FlowTable& table, const FlowKey& key, uint32_t ticks) {
    return table.find(key, table.hash(key), nowTicks_, ticks, value);
  };
  if (inner.quoted && find(related, icmpErrorKey(inner, packet.data, endpointId), related.idleTicks())) return true;
  if (inner.fragment.present && inner.fragment.offset != 0) {
    const FlowKey key = fragmentKey(inner, endpointId);
    if (state_.findDatagram(key, nowTicks_, value)) return true;
    if (!inner.quoted) return false;
    if (state_.findDatagram(reversed(key), nowTicks_, value)) return true;
    return findPair(inner, endpointId, value);
  }
  FlowTable& flows = *state_.flows;
  const FlowKey back = reversed(packet.key);
  return find(flows, packet.key, flows.idleTicks()) || find(flows, back, flows.idleTicks());
}

// The header of all flows between two addresses, when they have but one: another flow's header is worse than none.
bool Lane::findPair(const InnerPacket& inner, uint32_t endpointId, FlowValue& value) {
  FlowTable& related = *state_.related;
  const FlowKey pair = addressPairKey(inner, endpointId), back = reversed(pair);
  return (related.find(pair, related.hash(pair), nowTicks_, related.idleTicks(), value) ||
          related.find(back, related.hash(back), nowTicks_, related.idleTicks(), value)) &&
         !value.isShared;
}

bool Lane::encapsulate(LaneEndpoint& endpoint, Returned& packet, const FlowValue& value) {
  if (packet.virtio.gsoType != kGsoNone) {
    SegmentPlan plan;
    if (!planSegments(packet.virtio, {packet.data, packet.length}, packet.inner, plan)) {
      drop(endpoint, DropReason::kTunPacketInvalid);
      return false;
    }
    return encapsulateSegments(endpoint, packet, value, plan);
  }
  if ((packet.virtio.flags & kVirtioNeedsChecksum) != 0 &&
      !completeChecksum(packet.virtio, {packet.data, packet.length}, packet.inner.outerProtocol == kUdp)) {
    drop(endpoint, DropReason::kTunPacketInvalid);
    return false;
  }
  uint8_t* head = packet.data - value.headerLength;
  std::memcpy(head, value.header, value.headerLength);
  const ReturnSender::Frame frame{head, value.headerLength + packet.length, nullptr, 0, &value, endpoint.counters};
  if (state_.capture.points.load(std::memory_order_relaxed) & (1u << kOuterOut)) {
    const Outer outer{value.outerDestination, value.outerSource, value.sourcePort, 0};
    capture(kOuterOut, endpoint.endpoint->eni, {head, frame.headLength}, &outer);
  }
  uint32_t mtu = 0;
  if (addFrame(frame, mtu)) return true;
  tooBig(endpoint, packet, value, mtu);
  return false;
}

bool Lane::encapsulateSegments(LaneEndpoint& endpoint, Returned& packet, const FlowValue& value, const SegmentPlan& plan) {
  auto* scratch = static_cast<uint8_t*>(scratchMemory_.data());
  const bool captured = (state_.capture.points.load(std::memory_order_relaxed) & (1u << kOuterOut)) != 0;
  for (unsigned i = 0; i < plan.count; ++i) {
    if (scratchUsed_ + kSegmentRoom > kScratchBytes) {
      sender_.flush();
      scratchUsed_ = 0;
    }
    uint8_t* head = scratch + scratchUsed_ + ReturnSender::kLead;
    scratchUsed_ += (ReturnSender::kLead + value.headerLength + plan.headerLength + 15) & ~size_t{15};
    std::memcpy(head, value.header, value.headerLength);
    const ConstBytes payload = writeSegment(plan, {packet.data, packet.length}, i, head + value.headerLength);
    const ReturnSender::Frame frame{head,           value.headerLength + plan.headerLength,
                                    payload.data(), static_cast<uint32_t>(payload.size()),
                                    &value,         endpoint.counters};
    if (captured) {
      const Outer outer{value.outerDestination, value.outerSource, value.sourcePort, 0};
      capture(kOuterOut, endpoint.endpoint->eni, {head, frame.headLength}, &outer);
    }
    uint32_t mtu = 0;
    if (addFrame(frame, mtu)) continue;
    drop(endpoint, DropReason::kTooBig, plan.count - i - 1);
    tooBig(endpoint, packet, value, mtu);
    return false;
  }
  return true;
}

// False: too big, `mtu` says for what.
bool Lane::addFrame(const ReturnSender::Frame& frame, uint32_t& mtu) {
  auto added = sender_.add(frame, mtu);
  if (added == ReturnSender::Added::kFull) {
    sender_.flush();
    added = sender_.add(frame, mtu);
  }
  return added == ReturnSender::Added::kQueued;
}

// Tells the inner sender, through the tunnel, what would have fitted.
void Lane::tooBig(LaneEndpoint& endpoint, const Returned& packet, const FlowValue& value, uint32_t mtu) {
  drop(endpoint, DropReason::kTooBig);
  const ConstBytes bytes(packet.data, packet.length);
  const uint32_t overhead = kOuterHeaders + value.headerLength;
  if (!mayAnswer(bytes, packet.inner) || mtu <= overhead + 68) return;
  icmpTokens_ = std::min(kIcmpPerSecond, icmpTokens_ + static_cast<double>(nowMs_ - icmpTokensMs_) * kIcmpPerSecond / 1000);
  icmpTokensMs_ = nowMs_;
  if (icmpTokens_ < 1) return;
  icmpTokens_ -= 1;

  alignas(8) uint8_t room[ReturnSender::kLead + kGeneveLongest + kIcmpErrorRoom];
  FlowValue back;
  const FlowKey key = reversed(packet.key);
  FlowTable& flows = *state_.flows;
  const FlowValue& header = flows.find(key, flows.hash(key), nowTicks_, flows.idleTicks(), back) ? back : value;
  uint8_t* head = room + ReturnSender::kLead;
  std::memcpy(head, header.header, header.headerLength);
  const size_t length = buildTooBig(bytes, packet.inner, mtu - overhead, head + header.headerLength);
  const ReturnSender::Frame frame{head, header.headerLength + static_cast<uint32_t>(length), nullptr, 0, &header, endpoint.counters};
  uint32_t unused;
  if (addFrame(frame, unused)) counters_->icmpTooBigSent.add(1);
  // `room` goes away with this call.
  sender_.flush();
}

// A later fragment without its first: the first may be on its way through another lane's queue.
void Lane::hold(LaneEndpoint& endpoint, const Returned& packet) {
  if (held_.size() >= kMostHeld) return drop(endpoint, DropReason::kFragmentUnmatched);
  HeldFragment held{endpoint.endpoint, nowMs_ + kHoldMs, {}};
  held.data.resize(kHeadroom);
  held.data.insert(held.data.end(), packet.data, packet.data + packet.length);
  held_.push_back(std::move(held));
  counters_->heldFragments.add(1);
}

void Lane::retryHeld() {
  for (size_t left = held_.size(); left > 0; --left) {
    HeldFragment held = std::move(held_.front());
    held_.pop_front();
    const auto endpoint = held.endpoint.lock();
    LaneEndpoint* mine = endpoint ? findEndpoint(endpoint->eni) : nullptr;
    if (mine == nullptr || mine->endpoint != endpoint) {
      counters_->drop(DropReason::kFragmentUnmatched);
      continue;
    }
    Returned packet{};
    packet.data = held.data.data() + kHeadroom;
    packet.length = static_cast<uint32_t>(held.data.size() - kHeadroom);
    if (parseInner({packet.data, packet.length}, packet.inner).reason != DropReason::kNone) continue;
    packet.key = flowKey(packet.inner, endpoint->id);
    FlowValue value;
    bool found = findRelated(packet, endpoint->id, value);
    if (!found && nowMs_ >= held.deadlineMs) {
      found = findPair(packet.inner, endpoint->id, value);
      if (!found) {
        drop(*mine, DropReason::kFragmentUnmatched);
        continue;
      }
      counters_->fragmentsByAddressPair.add(1);
    }
    if (!found) {
      held_.push_back(std::move(held));
      continue;
    }
    encapsulate(*mine, packet, value);
    sender_.flush();
  }
}

void Lane::lost(LaneEndpoint& endpoint, unsigned interface) {
  if (endpoint.lost) return;
  endpoint.lost = true;
  for (const int fd : endpoint.readFd)
    if (fd >= 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  LaneRequest request{LaneRequest::Kind::kTunLost, endpoint.endpoint->eni};
  request.endpoint = endpoint.endpoint->id;
  request.out = interface == 1;
  state_.requests->post(request);
}

void Lane::drop(LaneEndpoint& endpoint, DropReason reason, unsigned packets) {
  counters_->drop(reason, packets);
  endpoint.counters->drops.add(packets);
}

}  // namespace geneve
