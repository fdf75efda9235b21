// Socket to tun: decode in place, remember the header, hand the inner packet to the kernel.
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "lane.h"
#include "plain_io.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace geneve {
namespace {

constexpr size_t kPendingBytes = 4 << 20;
constexpr uint64_t kAskAgainMs = 1000;
constexpr unsigned kOuterIn = 0, kInnerIn = 1;

struct ControlData {
  uint32_t destination = 0;
  uint8_t dscp = 0;
  uint32_t segment = 0;
};

ControlData readControl(msghdr& header) {
  ControlData data;
  for (cmsghdr* at = CMSG_FIRSTHDR(&header); at != nullptr; at = CMSG_NXTHDR(&header, at)) {
    if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(at), sizeof info);
      data.destination = info.ipi_spec_dst.s_addr;
    } else if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_TOS) {
      data.dscp = *CMSG_DATA(at) & 0xfc;
    } else if (at->cmsg_level == IPPROTO_UDP && at->cmsg_type == UDP_GRO) {
      int segment;
      std::memcpy(&segment, CMSG_DATA(at), sizeof segment);
      data.segment = segment > 0 ? static_cast<uint32_t>(segment) : 0;
    }
  }
  return data;
}

}  // namespace

// Takes what is there, up to a batch; never waits for more. True: there may be more.
bool Lane::receiveBatch() {
  const int got = ::recvmmsg(udp_.get(), receive_->messages, receiveMost_, MSG_DONTWAIT, nullptr);
  counters_->udpReceiveCalls.add(1);
  if (got <= 0) return false;
  const bool full = static_cast<unsigned>(got) == receiveMost_;
  uint32_t bytes = 0;
  counters_->lastReceiveMs.set(nowMs_);
  const uint32_t local = htonl(state_.config.listenAddress);
  for (int i = 0; i < got; ++i) {
    mmsghdr& message = receive_->messages[i];
    const ControlData data = readControl(message.msg_hdr);
    const bool truncated = (message.msg_hdr.msg_flags & MSG_TRUNC) != 0;
    // Ready for the next call: only what this one used is put back.
    message.msg_hdr.msg_namelen = sizeof(sockaddr_in);
    message.msg_hdr.msg_controllen = sizeof receive_->control[i];
    Outer& outer = outers_[i];
    const sockaddr_in& source = receive_->sources[i];
    outer = {source.sin_addr.s_addr, local != 0 ? local : data.destination, source.sin_port, data.dscp};
    auto* at = static_cast<uint8_t*>(receive_->buffers[i].iov_base);
    uint32_t left = message.msg_len;
    counters_->udpBytes.add(left);
    bytes += left;
    if (truncated) {
      counters_->udpPackets.add(1);
      counters_->drop(DropReason::kOuterTruncated);
      continue;
    }
    if (data.segment != 0 && data.segment < left) counters_->udpBatches.add(1);
    do {
      const uint32_t length = data.segment == 0 ? left : std::min(left, data.segment);
      counters_->udpPackets.add(1);
      accept(at, length, outer);
      if (received_ == kBatch) deliverReceived();
      at += length;
      left -= length;
    } while (left > 0);
  }
  deliverReceived();
  flushToTun();
  receiveMost_ = std::clamp(kBatchBytes / std::max(1u, bytes / static_cast<unsigned>(got)), 4u, kBatch);
  return full;
}

bool Lane::sourceAllowed(uint32_t source) const {
  const auto& cidrs = state_.config.allowFrom;
  if (cidrs.empty()) return true;
  const uint32_t address = ntohl(source);
  return std::any_of(cidrs.begin(), cidrs.end(), [address](const Cidr& cidr) { return (address & cidr.mask) == cidr.address; });
}

void Lane::accept(uint8_t* data, uint32_t length, const Outer& outer) {
  if (!sourceAllowed(outer.source)) return counters_->drop(DropReason::kSourceNotAllowed);
  Received& packet = receivedPackets_[received_];
  if (const auto verdict = decodeGeneve({data, length}, packet.header); verdict.reason != DropReason::kNone)
    return counters_->drop(verdict.reason);
  const uint32_t inner = packet.header.headerLength;
  if (const auto verdict = parseInner({data + inner, length - inner}, packet.inner); verdict.reason != DropReason::kNone)
    return counters_->drop(verdict.reason);
  LaneEndpoint* endpoint = findEndpoint(packet.header.eni);
  if (endpoint == nullptr) return unknownEndpoint(data, length, packet.header.eni, outer);
  if (!endpoint->ready) {
    if (queuePending(data, length, packet.header.eni, outer)) return;
    endpoint->counters->drops.add(1);
    return counters_->drop(DropReason::kPendingOverflow);
  }
  if (endpoint->lost) return drop(*endpoint, DropReason::kTunLost);
  packet.data = data;
  packet.length = length;
  packet.outer = &outer;
  packet.endpoint = endpoint;
  const uint32_t id = endpoint->endpoint->id;
  packet.key = flowKey(packet.inner, id);
  packet.hash = state_.flows->hash(packet.key);
  state_.flows->prefetchSet(packet.hash);
  received_++;
}

void Lane::deliverReceived() {
  const uint32_t points = state_.capture.points.load(std::memory_order_acquire);
  for (unsigned i = 0; i < received_; ++i) state_.flows->prefetchEntry(receivedPackets_[i].hash);
  for (unsigned i = 0; i < received_; ++i) {
    Received& packet = receivedPackets_[i];
    uint8_t* inner = packet.data + packet.header.headerLength;
    const uint32_t length = packet.length - packet.header.headerLength;
    if (points & (1u << kOuterIn)) capture(kOuterIn, packet.header.eni, {packet.data, packet.length}, packet.outer);
    if (points & (1u << kInnerIn)) capture(kInnerIn, packet.header.eni, {inner, length}, nullptr);
    if (!remember(packet)) {
      drop(*packet.endpoint, DropReason::kFlowTableFull);
      continue;
    }
    if (coalescer_->full()) flushToTun();
    coalescer_->add(packet.endpoint, {inner, length}, packet.inner, packet.hash);
  }
  received_ = 0;
}

// Stores the packet's header under everything a returned packet may be known by. False: there is no room for it.
bool Lane::remember(const Received& packet) {
  FlowValue value;
  value.outerSource = packet.outer->source;
  value.outerDestination = packet.outer->destination;
  value.sourcePort = packet.outer->sourcePort;
  value.destinationPort = htons(state_.config.port);
  value.dscp = packet.outer->dscp;
  value.headerLength = packet.header.headerLength;
  const size_t padded = (value.headerLength + 7u) & ~size_t{7};
  // Whole words, as the table compares them: what lies behind the header must not differ from packet to packet.
  std::memcpy(value.header, packet.data, value.headerLength);
  std::memset(value.header + value.headerLength, 0, padded - value.headerLength);

  const InnerPacket& inner = packet.inner;
  const uint32_t id = packet.endpoint->endpoint->id;
  FlowLoss loss;
  bool hasLoss = false;
  const auto related = [&](const FlowKey& key) {
    return state_.related->store(key, state_.related->hash(key), value, nowTicks_, loss, hasLoss) != Stored::kNoRoom;
  };
  const auto relatedPair = [&] {
    const FlowKey key = addressPairKey(inner, id);
    FlowTable& table = *state_.related;
    FlowValue before;
    value.isShared = table.find(key, table.hash(key), nowTicks_, table.idleTicks(), before) &&
                     (before.isShared || before.headerLength != value.headerLength ||
                      std::memcmp(before.header, value.header, value.headerLength) != 0);
    const bool stored = related(key);
    value.isShared = false;
    return stored;
  };
  if (inner.quoted) return related(icmpErrorKey(inner, packet.data + packet.header.headerLength, id));
  if (inner.fragment.present) {
    state_.storeDatagram(fragmentKey(inner, id), value, nowTicks_, loss, hasLoss);
    if (inner.fragment.offset != 0) return relatedPair();
  }
  const Stored stored = state_.flows->store(packet.key, packet.hash, value, nowTicks_, loss, hasLoss);
  if (hasLoss) state_.countLost(loss);
  if (stored == Stored::kInserted) {
    state_.countInserted(packet.key);
    relatedPair();
  }
  if (state_.kernel && stored != Stored::kNoRoom) state_.kernel->received(packet.key, value, stored == Stored::kUnchanged);
  return stored != Stored::kNoRoom;
}

void Lane::flushToTun() {
  alignas(8) uint8_t header[Coalescer::kHeaderRoom + sizeof(VirtioHeader)];
  iovec parts[Coalescer::kParts + 2];
  const bool vnet = state_.tun.vnetHeader;
  for (unsigned i = 0; i < coalescer_->runs(); ++i) {
    const Coalescer::Run& run = coalescer_->run(i);
    auto& endpoint = *static_cast<LaneEndpoint*>(run.owner);
    ssize_t written;
    if (run.count > 1) {
      const unsigned count = coalescer_->build(run, header, parts);
      written = plainWritev(endpoint.writeFd, parts, static_cast<int>(count));
    } else if (vnet) {
      // The Geneve header has been remembered: its last bytes make room for an empty virtio header.
      uint8_t* start = run.first - sizeof(VirtioHeader);
      std::memset(start, 0, sizeof(VirtioHeader));
      written = plainWrite(endpoint.writeFd, start, run.firstLength + sizeof(VirtioHeader));
    } else {
      written = plainWrite(endpoint.writeFd, run.first, run.firstLength);
    }
    counters_->tunWrites.add(1);
    if (written < 0) {
      writeFailed(endpoint, run.count);
      continue;
    }
    counters_->tunWrittenPackets.add(run.count);
    endpoint.counters->gwiPacketsOut.add(run.count);
    const uint32_t headers = run.count > 1 ? run.headerLength : 0;
    endpoint.counters->gwiBytesOut.add(run.totalLength + uint64_t{headers} * (run.count - 1u));
    endpoint.counters->lastGwiOutMs.set(nowMs_);
    if (endpoint.written++ == 0) touched_.push_back(&endpoint);
  }
  coalescer_->clear();
}

void Lane::writeFailed(LaneEndpoint& endpoint, unsigned packets) {
  // EBADFD: the interface is gone; EIO: it is down, or the kernel refuses the packet.
  if (errno == EBADFD || errno == ENODEV || errno == EBADF) lost(endpoint, 0);
  drop(endpoint, endpoint.lost ? DropReason::kTunLost : DropReason::kTunWriteFailed, packets);
}

bool Lane::queuePending(uint8_t* data, uint32_t length, uint64_t eni, const Outer& outer) {
  if (pending_.size() >= state_.config.pendingPackets || pendingBytes_ + length > kPendingBytes) return false;
  pending_.push_back({eni, outer, {data, data + length}});
  pendingBytes_ += length;
  counters_->pendingQueued.add(1);
  return true;
}

// A first packet: asks the control thread for the interfaces, within the limits, and lets the packet wait.
void Lane::unknownEndpoint(uint8_t* data, uint32_t length, uint64_t eni, const Outer& outer) {
  const EngineConfig& config = state_.config;
  const auto refuse = [&](DropReason reason) {
    counters_->drop(reason);
    if (nowMs_ < nextRefusalMs_) return;
    nextRefusalMs_ = nowMs_ + 1000;
    state_.requests->post({LaneRequest::Kind::kRefused, eni, 0, 0, reason});
  };
  if (draining_) return counters_->drop(DropReason::kEndpointGone);
  if (!config.endpoints.empty() && !std::binary_search(config.endpoints.begin(), config.endpoints.end(), eni))
    return refuse(DropReason::kEndpointNotAllowed);
  const unsigned cached = (eni * 0x9e3779b97f4a7c15) >> 58;
  const bool asked = requestedEni_[cached] == eni && nowMs_ < requestedMs_[cached] + kAskAgainMs && requestedMs_[cached] != 0;
  if (!asked) {
    if (state_.endpoints.load(std::memory_order_relaxed) >= config.maxEndpoints) return refuse(DropReason::kEndpointLimit);
    // This lane's own bucket keeps a flood of ids off the control thread; the true limit is kept there.
    const double most = 2.0 * config.createPerSecond;
    if (createTokensMs_ == 0) createTokens_ = most;
    else createTokens_ = std::min(most, createTokens_ + static_cast<double>(nowMs_ - createTokensMs_) * most / 1000);
    createTokensMs_ = nowMs_;
    if (createTokens_ < 1) return refuse(DropReason::kEndpointRate);
    createTokens_ -= 1;
    if (!state_.requests->post({LaneRequest::Kind::kCreate, eni})) return refuse(DropReason::kEndpointRate);
    requestedEni_[cached] = eni;
    requestedMs_[cached] = nowMs_;
  }
  if (!queuePending(data, length, eni, outer)) counters_->drop(DropReason::kPendingOverflow);
}

}  // namespace geneve
