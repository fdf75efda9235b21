#include "sender.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "arguments.hpp"

namespace {

constexpr uint32_t ethernetBytes = 14;
constexpr uint32_t outerBytes = 28;
constexpr uint32_t largestFrame = 65'000;

}  // namespace

Sender::Sender(const Traffic& traffic, const Path& path, uint32_t batch, bool oneLargePacket)
    : traffic_(traffic), path_(path), batch_(batch), large_(oneLargePacket), numbers_(traffic.options().flows, 0) {
  socket_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (socket_ < 0) fail("packet socket");
  const int on = 1;
  const int bufferBytes = 16 << 20;
  setsockopt(socket_, SOL_SOCKET, SO_SNDBUFFORCE, &bufferBytes, sizeof(bufferBytes));
  if (setsockopt(socket_, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0) fail("PACKET_QDISC_BYPASS");
  if (large_ && setsockopt(socket_, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) < 0) fail("PACKET_VNET_HDR");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = path.interface.index;
  if (bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) < 0) fail("bind to the interface");

  slotBytes_ = large_ ? largestFrame + 512 : 256 + traffic.largestInner();
  buffer_.resize(slotBytes_ * batch_);
  vectors_.resize(batch_);
  messages_.resize(batch_);
  for (uint32_t index = 0; index < batch_; index++) {
    vectors_[index].iov_base = buffer_.data() + slotBytes_ * index;
    messages_[index] = {};
    messages_[index].msg_hdr.msg_iov = &vectors_[index];
    messages_[index].msg_hdr.msg_iovlen = 1;
  }
}

Sender::~Sender() { close(socket_); }

void Sender::nextTag(Tag& tag) {
  tag.flow = flow_;
  const uint32_t number = numbers_[flow_]++;
  const bool fragmented = traffic_.isFragmented(flow_);
  tag.number = fragmented && traffic_.options().laterFragmentFirst ? number ^ 1 : number;
  const uint32_t least = fragmented ? 2 : 1;
  if (++inBurst_ >= std::max(traffic_.options().burst, least)) {
    inBurst_ = 0;
    flow_ = flow_ + 1 == traffic_.options().flows ? 0 : flow_ + 1;
  }
}

/** Ethernet, outer IP and UDP, Geneve header, inner packet; lengths and checksum are set by `seal`. */
uint32_t Sender::writeOuter(uint8_t* frame, const Tag& tag) {
  std::memcpy(frame, path_.destinationMac.data(), 6);
  std::memcpy(frame + 6, path_.interface.mac.data(), 6);
  put16(frame + 12, ETH_P_IP);
  uint8_t* ip = frame + ethernetBytes;
  std::memset(ip, 0, outerBytes);
  ip[0] = 0x45;
  ip[8] = 255;
  ip[9] = IPPROTO_UDP;
  put32(ip + 12, path_.source);
  put32(ip + 16, path_.destination);
  put16(ip + 20, traffic_.outerPort(tag.flow));
  put16(ip + 22, genevePort);
  uint8_t* geneve = ip + outerBytes;
  const uint32_t header = traffic_.writeHeader(tag.flow, geneve);
  return ethernetBytes + outerBytes + header + traffic_.writeInner(tag, geneve + header);
}

/** Outer lengths and IP checksum. UDP checksum 0 as GWLB sends it; a large packet needs one, which the kernel completes. */
void Sender::seal(uint8_t* frame, uint32_t frameBytes, uint32_t segmentBytes) {
  uint8_t* ip = frame + ethernetBytes;
  const uint32_t total = frameBytes - ethernetBytes;
  put16(ip + 2, total);
  put16(ip + 24, total - 20);
  put16(ip + 10, foldChecksum(sumWords(ip, 20)));
  if (!large_) return;
  OffloadHeader header{};
  if (segmentBytes != 0 && frameBytes > ethernetBytes + outerBytes + segmentBytes) {
    header.flags = offloadNeedsChecksum;
    header.gsoType = offloadUdpSegments;
    header.headerLength = ethernetBytes + outerBytes;
    header.gsoSize = static_cast<uint16_t>(segmentBytes);
    header.checksumStart = ethernetBytes + 20;
    header.checksumOffset = 6;
    const uint64_t pseudo = sumWords(ip + 12, 8, IPPROTO_UDP + (total - 20));
    put16(ip + 26, static_cast<uint16_t>(~foldChecksum(pseudo)));
  }
  std::memcpy(frame - sizeof(header), &header, sizeof(header));
}

uint32_t Sender::send(uint32_t count) {
  const uint64_t now = nanoseconds();
  const uint32_t lead = large_ ? sizeof(OffloadHeader) : 0;
  uint32_t messages = 0;
  uint32_t packets = 0;
  while (messages < batch_ && packets < count) {
    uint8_t* frame = buffer_.data() + slotBytes_ * messages + lead;
    Tag tag;
    nextTag(tag);
    tag.time = now;
    uint32_t length = writeOuter(frame, tag);
    const uint32_t segment = length - ethernetBytes - outerBytes;
    packets++;
    if (large_) {
      uint32_t joined = 1;
      while (packets < count && joined < 128 && inBurst_ != 0 && length + segment <= largestFrame &&
             !traffic_.isFragmented(flow_)) {
        nextTag(tag);
        const uint32_t header = traffic_.writeHeader(tag.flow, frame + length);
        length += header + traffic_.writeInner(tag, frame + length + header);
        joined++;
        packets++;
      }
    }
    seal(frame, length, segment);
    vectors_[messages].iov_len = length + lead;
    messages++;
  }
  return flush(messages, packets);
}

uint32_t Sender::flush(uint32_t messages, uint32_t packets) {
  uint32_t done = 0;
  while (done < messages) {
    const int sent = sendmmsg(socket_, messages_.data() + done, messages - done, 0);
    if (sent > 0) {
      done += static_cast<uint32_t>(sent);
    } else if (errno == ENOBUFS || errno == EAGAIN) {
      pollfd writable{socket_, POLLOUT, 0};
      poll(&writable, 1, 1);
    } else if (errno != EINTR) {
      fail("sendmmsg");
    }
  }
  return packets;
}

void Sender::sendProbe(uint32_t flow) {
  const uint32_t lead = large_ ? sizeof(OffloadHeader) : 0;
  uint8_t* frame = buffer_.data() + lead;
  const uint32_t length = writeOuter(frame, {flow, UINT32_MAX - 1, UINT64_MAX});
  seal(frame, length, 0);
  vectors_[0].iov_len = length + lead;
  flush(1, 1);
}
