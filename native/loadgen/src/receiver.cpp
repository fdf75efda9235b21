#include "receiver.hpp"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "arguments.hpp"

namespace {

constexpr uint32_t slots = 64;
constexpr uint32_t slotBytes = 70'000;
constexpr uint32_t ethernetBytes = 14;
constexpr uint32_t histogramMicroseconds = 2'000'000;

/** Accepts IPv4 UDP without options to port 6081; offsets from the Ethernet header. */
sock_filter filterCode[] = {
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 7),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14),          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x45, 0, 5),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 3),
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 36),          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, genevePort, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 0xffffffff),           BPF_STMT(BPF_RET | BPF_K, 0),
};
sock_filter dropCode[] = {BPF_STMT(BPF_RET | BPF_K, 0)};

template <size_t N>
void attach(int fd, sock_filter (&code)[N]) {
  sock_fprog program{N, code};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0) fail("SO_ATTACH_FILTER");
}

/** Holds port 6081 and drops what comes, so that the kernel does not answer with port unreachable. */
int openSink(uint32_t address) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  attach(fd, dropCode);
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_addr.s_addr = htonl(address);
  local.sin_port = htons(genevePort);
  if (bind(fd, reinterpret_cast<sockaddr*>(&local), sizeof(local)) < 0) fail("port 6081");
  return fd;
}

}  // namespace

Receiver::Receiver(const Traffic& traffic, const Path& path, int hopsLow, int hopsHigh)
    : traffic_(traffic),
      path_(path),
      hopsLow_(hopsLow),
      hopsHigh_(hopsHigh),
      buffer_(static_cast<size_t>(slots) * slotBytes),
      vectors_(slots),
      messages_(slots),
      expected_(traffic.largestInner() + maxHeaderBytes),
      highest_(traffic.options().flows, 0),
      answered_(traffic.options().endpoints, 0),
      byEndpoint_(traffic.options().endpoints, 0),
      histogram_(histogramMicroseconds + 1, 0) {
  windowBits_ = 64;
  while (windowBits_ < 65'536 && static_cast<uint64_t>(windowBits_) * traffic.options().flows < (1u << 22)) windowBits_ *= 2;
  windows_.resize(static_cast<size_t>(windowBits_ / 64) * traffic.options().flows, 0);

  sink_ = openSink(path.source);
  socket_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (socket_ < 0) fail("packet socket");
  const int on = 1;
  const int bufferBytes = 128 << 20;
  setsockopt(socket_, SOL_SOCKET, SO_RCVBUFFORCE, &bufferBytes, sizeof(bufferBytes));
  if (setsockopt(socket_, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) < 0) fail("PACKET_VNET_HDR");
  setsockopt(socket_, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
  attach(socket_, filterCode);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_IP);
  address.sll_ifindex = path.interface.index;
  if (bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) < 0) fail("bind to the interface");
  for (uint32_t index = 0; index < slots; index++) {
    vectors_[index] = {buffer_.data() + static_cast<size_t>(slotBytes) * index, slotBytes};
    messages_[index] = {};
    messages_[index].msg_hdr.msg_iov = &vectors_[index];
    messages_[index].msg_hdr.msg_iovlen = 1;
  }
}

Receiver::~Receiver() {
  close(socket_);
  close(sink_);
}

uint32_t Receiver::receive() {
  uint32_t total = 0;
  for (int round = 0; round < 8; round++) {
    const int got = recvmmsg(socket_, messages_.data(), slots, MSG_DONTWAIT, nullptr);
    if (got <= 0) break;
    for (int index = 0; index < got; index++) {
      const auto slot = static_cast<size_t>(index);
      handleFrame(static_cast<const uint8_t*>(vectors_[slot].iov_base), messages_[slot].msg_len);
    }
    total += static_cast<uint32_t>(got);
    if (got < static_cast<int>(slots)) break;
  }
  return total;
}

void Receiver::wait(uint64_t timeoutNanoseconds) {
  pollfd readable{socket_, POLLIN, 0};
  const timespec timeout{static_cast<time_t>(timeoutNanoseconds / 1'000'000'000u),
                         static_cast<long>(timeoutNanoseconds % 1'000'000'000u)};
  ppoll(&readable, 1, &timeout, nullptr);
}

void Receiver::handleFrame(const uint8_t* frame, uint32_t length) {
  OffloadHeader offload;
  if (length < sizeof(offload) + ethernetBytes + 28) {
    counts_.foreign++;
    return;
  }
  std::memcpy(&offload, frame, sizeof(offload));
  const uint8_t* ip = frame + sizeof(offload) + ethernetBytes;
  const uint32_t ipBytes = length - static_cast<uint32_t>(sizeof(offload)) - ethernetBytes;
  const uint64_t now = nanoseconds();
  const bool outerPending = (offload.flags & offloadNeedsChecksum) != 0 && offload.checksumStart == ethernetBytes + 20;
  if (!outerIsRight(ip, ipBytes, outerPending)) return;
  const uint16_t port = static_cast<uint16_t>(get16(ip + 20));
  const uint8_t* payload = ip + 28;
  uint32_t left = get16(ip + 24) - 8;
  // A cable leaves to the receiver what a network card would have filled in: the inner checksum of a piece that the
  // kernel cut. Its start counts from the frame's.
  const uint32_t innerStart = offload.checksumStart - ethernetBytes, innerField = innerStart + offload.checksumOffset;
  if ((offload.flags & offloadNeedsChecksum) != 0 && offload.gsoType == 0 && innerStart >= 36 && innerField + 2 <= ipBytes) {
    auto* field = const_cast<uint8_t*>(ip) + innerField;
    put16(field, foldChecksum(sumWords(ip + innerStart, get16(ip + 2) - innerStart)));
  }
  const uint32_t segment = offload.gsoType != 0 && offload.gsoSize != 0 ? offload.gsoSize : left;
  if (left > segment) counts_.large++;
  while (left > 0) {
    const uint32_t bytes = std::min(segment, left);
    handlePacket(payload, bytes, port, now);
    payload += bytes;
    left -= bytes;
  }
}

bool Receiver::outerIsRight(const uint8_t* ip, uint32_t length, bool checksumPending) {
  const uint32_t total = get16(ip + 2);
  const uint32_t udpLength = get16(ip + 24);
  bool right = get32(ip + 12) == path_.destination && get32(ip + 16) == path_.source && total <= length &&
               udpLength + 20 == total && udpLength >= 8 && foldChecksum(sumWords(ip, 20)) == 0 &&
               get16(ip + 6) == 0 && ip[8] == 64;
  if (right && !checksumPending && get16(ip + 26) != 0)
    right = foldChecksum(sumWords(ip + 20, udpLength, sumWords(ip + 12, 8, IPPROTO_UDP + udpLength))) == 0;
  if (!right) {
    counts_.outerWrong++;
    note("outer", ip, length);
  }
  return right;
}

void Receiver::handlePacket(const uint8_t* geneve, uint32_t length, uint16_t outerSourcePort, uint64_t now) {
  const uint32_t header = length >= 8 ? 8 + 4u * (geneve[0] & 0x3f) : UINT32_MAX;
  const uint32_t tagAt = header < length ? findTag(geneve + header, length - header) : 0;
  if (tagAt == 0) {
    counts_.foreign++;
    note("foreign", geneve, length);
    return;
  }
  const uint8_t* inner = geneve + header;
  const uint32_t innerBytes = length - header;
  const Tag tag{get32(inner + tagAt), get32(inner + tagAt + 4), get64(inner + tagAt + 8)};
  if (tag.flow >= traffic_.options().flows) {
    counts_.foreign++;
    note("foreign", geneve, length);
    return;
  }
  uint8_t* expected = expected_.data();
  const uint32_t expectedHeader = traffic_.writeHeader(tag.flow, expected);
  if (header != expectedHeader || std::memcmp(expected, geneve, header) != 0) {
    counts_.crossed++;
    note("crossed", geneve, length);
    return;
  }
  const uint32_t expectedBytes = traffic_.writeInner(tag, expected);
  const bool v6 = expected[0] >> 4 == 6;
  uint8_t* hops = expected + (v6 ? 7 : 8);
  const int spent = *hops - inner[v6 ? 7 : 8];
  if (spent >= hopsLow_ && spent <= hopsHigh_) {
    *hops = static_cast<uint8_t>(*hops - spent);
    if (!v6) {
      put16(expected + 10, 0);
      put16(expected + 10, foldChecksum(sumWords(expected, 20)));
    }
  }
  if (innerBytes != expectedBytes || std::memcmp(expected, inner, innerBytes) != 0) {
    counts_.innerWrong++;
    note("inner", geneve, length);
    return;
  }
  if (outerSourcePort != traffic_.outerPort(tag.flow)) {
    counts_.outerWrong++;
    note("port", geneve, length);
    return;
  }
  const uint32_t endpoint = traffic_.endpointOf(tag.flow);
  answered_[endpoint] = 1;
  if (tag.time == UINT64_MAX) return;
  if (tag.number >= UINT32_MAX - 1) return;
  if (!markSeen(tag.flow, tag.number)) {
    counts_.duplicated++;
    note("duplicated", geneve, length);
    return;
  }
  counts_.returned++;
  counts_.bytes += innerBytes;
  byEndpoint_[endpoint]++;
  if (tag.time != 0 && now >= tag.time)
    histogram_[std::min<uint64_t>((now - tag.time) / 1000, histogramMicroseconds)]++;
}

/** A sliding window of the numbers seen, as RFC 6479 has it; a number below the window counts as seen. */
bool Receiver::markSeen(uint32_t flow, uint32_t number) {
  uint64_t* words = windows_.data() + static_cast<size_t>(windowBits_ / 64) * flow;
  const auto bit = [&](uint32_t at) -> std::pair<uint64_t&, uint64_t> {
    const uint32_t place = at % windowBits_;
    return {words[place / 64], 1ull << (place % 64)};
  };
  uint32_t& next = highest_[flow];  // one past the highest number seen
  if (number >= next) {
    if (number - next >= windowBits_) std::memset(words, 0, windowBits_ / 8);
    else
      for (uint32_t at = next; at < number; at++) {
        auto [word, mask] = bit(at);
        word &= ~mask;
      }
    next = number + 1;
    auto [word, mask] = bit(number);
    word |= mask;
    return true;
  }
  if (next - number > windowBits_) return false;
  auto [word, mask] = bit(number);
  if ((word & mask) != 0) return false;
  word |= mask;
  return true;
}

void Receiver::note(const char* what, const uint8_t* bytes, uint32_t length) {
  if (examples_.size() >= 8) return;
  static constexpr char digits[] = "0123456789abcdef";
  std::string text = std::string(what) + ":";
  for (uint32_t at = 0; at < std::min(length, 160u); at++) {
    text.push_back(digits[bytes[at] >> 4]);
    text.push_back(digits[bytes[at] & 15]);
  }
  examples_.push_back(text);
}

uint64_t Receiver::socketDrops() {
  tpacket_stats statistics{};
  socklen_t size = sizeof(statistics);
  if (getsockopt(socket_, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0) drops_ += statistics.tp_drops;
  return drops_;
}
