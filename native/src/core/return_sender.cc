#include "return_sender.h"

#include <linux/if_packet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <poll.h>

#include <cerrno>
#include <cstring>

#include "checksum.h"

namespace geneve {
namespace {

constexpr unsigned kVirtio = sizeof(VirtioHeader), kEthernet = 14, kIp = 20, kUdpHeader = 8;
constexpr uint8_t kTimeToLive = 64;
constexpr uint32_t kLargestIp = 65535;

uint64_t tupleOf(const FlowValue& flow) { return (uint64_t{flow.outerSource} << 32) | flow.outerDestination; }

uint64_t outerPseudoSum(const uint8_t* ip, uint32_t udpLength) {
  return pseudoSum({ip + 12, 4}, {ip + 16, 4}, kUdp, udpLength);
}

}  // namespace

ReturnSender::ReturnSender(EngineState& state, LaneCounters& counters) : state_(state), counters_(counters) {
  const EngineConfig& config = state.config;
  usePacket_ = config.returnPath == ReturnPath::kPacket || (config.returnPath == ReturnPath::kAuto && config.offload);
  useUso_ = config.offload && state.features.packetUso && config.outerChecksum != OuterChecksum::kZero;
  identification_ = static_cast<uint16_t>(reinterpret_cast<uintptr_t>(this) >> 6);
}

bool ReturnSender::open() {
  raw_ = FileDescriptor(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW));
  if (!raw_) return false;
  const int bytes = 8 << 20, one = 1, discover = IP_PMTUDISC_DONT;
  ::setsockopt(raw_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
  ::setsockopt(raw_.get(), IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof discover);
  if (!usePacket_) return true;
  packet_ = FileDescriptor(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  usePacket_ = packet_ && ::setsockopt(packet_.get(), SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) == 0;
  if (usePacket_) ::setsockopt(packet_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
  return true;
}

ReturnSender::Added ReturnSender::add(const Frame& frame, uint32_t& mtu) {
  const uint32_t payload = frame.headLength + frame.payloadLength;
  const FlowValue& flow = *frame.flow;
  const NextHop* hop = findHop(flow.outerSource);
  if (hop != nullptr && payload + kUdpHeader + kIp > hop->mtu) {
    mtu = hop->mtu;
    return Added::kTooBig;
  }
  if (hop == nullptr || !usePacket_) return addRaw(frame, payload + kUdpHeader, mtu);
  const unsigned needed = frame.payloadLength != 0 ? 2 : 1;
  if (parts_ + needed > kParts) return Added::kFull;

  if (useUso_ && messages_ > 0) {
    Message& last = message_[messages_ - 1];
    if (last.open && last.hop == hop && last.endpoint == frame.endpoint && last.tuple == tupleOf(flow) &&
        last.sourcePort == flow.sourcePort && payload <= last.segmentLength && last.segments < kMostSegments &&
        last.parts == needed * last.segments &&
        last.totalLength + payload + kUdpHeader + kIp <= kLargestIp && (last.lead[kVirtio + kEthernet + 1] == flow.dscp)) {
      part_[parts_++] = {frame.head, frame.headLength};
      if (frame.payloadLength != 0) part_[parts_++] = {const_cast<uint8_t*>(frame.payload), frame.payloadLength};
      last.parts += needed;
      last.segments++;
      last.totalLength += payload;
      last.open = payload == last.segmentLength;
      return Added::kQueued;
    }
  }
  if (messages_ == kMessages) return Added::kFull;
  Message& message = message_[messages_++];
  message = {frame.head - kLead, hop, frame.endpoint, tupleOf(flow), flow.sourcePort, 1, parts_, needed, payload, payload, true};
  uint8_t* ethernet = message.lead + kVirtio;
  std::memcpy(ethernet, hop->destinationMac, 6);
  std::memcpy(ethernet + 6, hop->sourceMac, 6);
  store16(ethernet + 12, ETH_P_IP);
  writeOuter(ethernet + kEthernet, flow, payload + kUdpHeader);
  part_[parts_++] = {message.lead, kLead + frame.headLength};
  if (frame.payloadLength != 0) part_[parts_++] = {const_cast<uint8_t*>(frame.payload), frame.payloadLength};
  return Added::kQueued;
}

ReturnSender::Added ReturnSender::addRaw(const Frame& frame, uint32_t udpLength, uint32_t& mtu) {
  if (udpLength + kIp > kLargestIp) {
    mtu = kLargestIp;
    return Added::kTooBig;
  }
  if (rawMessages_ == kMessages) return Added::kFull;
  const unsigned index = rawMessages_++;
  const unsigned needed = frame.payloadLength != 0 ? 2 : 1;
  uint8_t* ip = frame.head - kUdpHeader - kIp;
  writeOuter(ip, *frame.flow, udpLength);
  setIpv4Checksum({ip, kIp});
  if (state_.config.outerChecksum == OuterChecksum::kComputed) {
    // The head may have an odd length only when nothing follows it.
    uint64_t sum = outerPseudoSum(ip, udpLength) + partialSum({ip + kIp, kUdpHeader + frame.headLength});
    if (frame.payloadLength != 0) {
      const uint64_t rest = partialSum({frame.payload, frame.payloadLength});
      sum += (frame.headLength & 1) != 0 ? __builtin_bswap16(fold(rest)) : rest;
    }
    const uint16_t value = finish(sum);
    store16(ip + kIp + 6, value == 0 ? 0xffff : value);
  }
  const unsigned first = rawParts_;
  rawPart_[rawParts_++] = {ip, kIp + kUdpHeader + frame.headLength};
  if (needed == 2) rawPart_[rawParts_++] = {const_cast<uint8_t*>(frame.payload), frame.payloadLength};
  rawMessage_[index] = {ip, nullptr, frame.endpoint, 0, 0, 1, first, needed, 0, udpLength - kUdpHeader, false};
  auto* address = reinterpret_cast<sockaddr_in*>(rawAddress_[index]);
  *address = {};
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = frame.flow->outerSource;
  rawHeader_[index] = {};
  rawHeader_[index].msg_hdr.msg_name = address;
  rawHeader_[index].msg_hdr.msg_namelen = sizeof *address;
  rawHeader_[index].msg_hdr.msg_iov = &rawPart_[first];
  rawHeader_[index].msg_hdr.msg_iovlen = needed;
  return Added::kQueued;
}

// Addresses swapped, ports kept, DF clear, checksum of UDP 0 unless filled later.
void ReturnSender::writeOuter(uint8_t* ip, const FlowValue& flow, uint32_t udpLength) {
  ip[0] = 0x45;
  ip[1] = flow.dscp;
  store16(ip + 2, static_cast<uint16_t>(udpLength + kIp));
  store16(ip + 4, identification_++);
  store16(ip + 6, 0);
  ip[8] = kTimeToLive;
  ip[9] = kUdp;
  store16(ip + 10, 0);
  std::memcpy(ip + 12, &flow.outerDestination, 4);
  std::memcpy(ip + 16, &flow.outerSource, 4);
  uint8_t* udp = ip + kIp;
  std::memcpy(udp, &flow.sourcePort, 2);
  std::memcpy(udp + 2, &flow.destinationPort, 2);
  store16(udp + 4, static_cast<uint16_t>(udpLength));
  store16(udp + 6, 0);
}

void ReturnSender::finishMessage(Message& message) {
  VirtioHeader virtio{};
  uint8_t* ip = message.lead + kVirtio + kEthernet;
  const uint32_t udpLength = message.totalLength + kUdpHeader;
  const bool many = message.segments > 1;
  if (many) {
    store16(ip + 2, static_cast<uint16_t>(udpLength + kIp));
    store16(ip + kIp + 4, static_cast<uint16_t>(udpLength));
    identification_ = static_cast<uint16_t>(identification_ + message.segments);
    virtio.gsoType = kGsoUdp;
    virtio.gsoSize = static_cast<uint16_t>(message.segmentLength);
    virtio.headerLength = kEthernet + kIp + kUdpHeader;
  }
  if (many || state_.config.outerChecksum == OuterChecksum::kComputed) {
    virtio.flags = kVirtioNeedsChecksum;
    virtio.checksumStart = kEthernet + kIp;
    virtio.checksumOffset = 6;
    store16(ip + kIp + 6, fold(outerPseudoSum(ip, udpLength)));
  }
  setIpv4Checksum({ip, kIp});
  std::memcpy(message.lead, &virtio, sizeof virtio);
}

void ReturnSender::flush() {
  if (messages_ > 0) flushPacket();
  if (rawMessages_ > 0) flushRaw();
}

void ReturnSender::flushPacket() {
  for (unsigned i = 0; i < messages_; ++i) {
    Message& message = message_[i];
    finishMessage(message);
    auto* address = reinterpret_cast<sockaddr_ll*>(address_[i].bytes);
    *address = {};
    address->sll_family = AF_PACKET;
    address->sll_protocol = htons(ETH_P_IP);
    address->sll_ifindex = message.hop->interfaceIndex;
    address->sll_halen = 6;
    std::memcpy(address->sll_addr, message.hop->destinationMac, 6);
    header_[i] = {};
    header_[i].msg_hdr.msg_name = address;
    header_[i].msg_hdr.msg_namelen = sizeof *address;
    header_[i].msg_hdr.msg_iov = &part_[message.firstPart];
    header_[i].msg_hdr.msg_iovlen = message.parts;
  }
  bool waited = false;
  for (unsigned done = 0; done < messages_;) {
    const int sent = ::sendmmsg(packet_.get(), &header_[done], messages_ - done, MSG_DONTWAIT);
    counters_.sendCalls.add(1);
    if (sent > 0) {
      for (int i = 0; i < sent; ++i, ++done) {
        const Message& message = message_[done];
        counters_.returnedPackets.add(message.segments);
        counters_.returnedBytes.add(message.totalLength);
        message.endpoint->returnedPackets.add(message.segments);
        message.endpoint->returnedBytes.add(message.totalLength);
        if (message.segments > 1) counters_.returnedByOffload.add(message.segments);
      }
      waited = false;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN && !waited) {
      pollfd writable{packet_.get(), POLLOUT, 0};
      ::poll(&writable, 1, 5);
      waited = true;
      continue;
    }
    const Message& message = message_[done++];
    if (message.segments > 1 && (errno == EINVAL || errno == EMSGSIZE)) {
      // The device or kernel takes no large UDP packets: never again from this lane.
      useUso_ = false;
      sendOneByOne(message);
    } else {
      failed(message, errno);
    }
  }
  messages_ = parts_ = 0;
}

// What a large packet would have become, over the raw socket. The parts of each segment follow each other.
void ReturnSender::sendOneByOne(const Message& message) {
  uint8_t outer[kIp + kUdpHeader];
  std::memcpy(outer, message.lead + kVirtio + kEthernet, sizeof outer);
  const iovec* at = &part_[message.firstPart];
  const iovec* end = at + message.parts;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  std::memcpy(&address.sin_addr, outer + 16, 4);
  const bool pairs = message.parts > message.segments;
  bool first = true;
  while (at < end) {
    iovec parts[3] = {{outer, sizeof outer}, *at++, {nullptr, 0}};
    if (first) parts[1] = {static_cast<uint8_t*>(parts[1].iov_base) + kLead, parts[1].iov_len - kLead};
    first = false;
    uint32_t payload = static_cast<uint32_t>(parts[1].iov_len);
    unsigned count = 2;
    if (pairs) {
      parts[count++] = *at;
      payload += static_cast<uint32_t>((at++)->iov_len);
    }
    store16(outer + 2, static_cast<uint16_t>(payload + sizeof outer));
    store16(outer + 4, identification_++);
    store16(outer + kIp + 4, static_cast<uint16_t>(payload + kUdpHeader));
    store16(outer + kIp + 6, 0);
    setIpv4Checksum({outer, kIp});
    msghdr header{};
    header.msg_name = &address;
    header.msg_namelen = sizeof address;
    header.msg_iov = parts;
    header.msg_iovlen = count;
    counters_.sendCalls.add(1);
    if (::sendmsg(raw_.get(), &header, MSG_DONTWAIT) < 0) {
      counters_.drop(errno == EMSGSIZE ? DropReason::kTooBig : DropReason::kSendFailed);
      message.endpoint->drops.add(1);
      continue;
    }
    counters_.returnedPackets.add(1);
    counters_.returnedBytes.add(payload);
    counters_.returnedByRaw.add(1);
    message.endpoint->returnedPackets.add(1);
    message.endpoint->returnedBytes.add(payload);
  }
}

void ReturnSender::flushRaw() {
  bool waited = false;
  for (unsigned done = 0; done < rawMessages_;) {
    const int sent = ::sendmmsg(raw_.get(), &rawHeader_[done], rawMessages_ - done, MSG_DONTWAIT);
    counters_.sendCalls.add(1);
    if (sent > 0) {
      for (int i = 0; i < sent; ++i, ++done) {
        const Message& message = rawMessage_[done];
        counters_.returnedPackets.add(1);
        counters_.returnedBytes.add(message.totalLength);
        counters_.returnedByRaw.add(1);
        message.endpoint->returnedPackets.add(1);
        message.endpoint->returnedBytes.add(message.totalLength);
      }
      waited = false;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN && !waited) {
      pollfd writable{raw_.get(), POLLOUT, 0};
      ::poll(&writable, 1, 5);
      waited = true;
      continue;
    }
    failed(rawMessage_[done++], errno);
  }
  rawMessages_ = rawParts_ = 0;
}

void ReturnSender::failed(const Message& message, int error) {
  const DropReason reason = error == EMSGSIZE                        ? DropReason::kTooBig
                            : error == EAGAIN || error == ENOBUFS    ? DropReason::kSendQueueFull
                                                                     : DropReason::kSendFailed;
  counters_.drop(reason, message.segments);
  message.endpoint->drops.add(message.segments);
}

const NextHop* ReturnSender::findHop(uint32_t destination) {
  if (destination == lastDestination_ && lastHop_ != nullptr) return lastHop_;
  const auto found = hops_.find(destination);
  if (found == hops_.end()) {
    requestNextHop(destination);
    return nullptr;
  }
  if (found->second.stale) {
    // One packet through the kernel's own path makes it confirm the neighbour.
    found->second.stale = false;
    return nullptr;
  }
  lastDestination_ = destination;
  return lastHop_ = &found->second;
}

void ReturnSender::requestNextHop(uint32_t destination) {
  const uint64_t now = monotonicMs();
  if (now < nextRequestMs_) return;
  nextRequestMs_ = now + 10;
  state_.requests->post({LaneRequest::Kind::kResolve, 0, destination});
}

void ReturnSender::setNextHop(const NextHop& hop) {
  flush();
  lastHop_ = nullptr;
  hops_[hop.destination] = hop;
}

void ReturnSender::forgetNextHop(uint32_t destination) {
  flush();
  lastHop_ = nullptr;
  hops_.erase(destination);
}

}  // namespace geneve
