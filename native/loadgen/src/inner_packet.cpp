#include "inner_packet.hpp"

#include <cstring>

#include "arguments.hpp"
#include "wire.hpp"

namespace {

constexpr uint32_t serverV4 = 0xc6120001;          // 198.18.0.1
constexpr uint32_t clientV4 = 0x0a400000;          // 10.64.0.0/10
constexpr uint32_t v6Network = 0x20010db8;
constexpr uint32_t memberPort = 10'000;
constexpr uint32_t serverPort = 5001;
constexpr uint8_t hops = 64;

uint32_t transportHeader(Kind kind) {
  switch (kind) {
    case Kind::tcp: return 20;
    case Kind::sctp: return 12 + 16;
    case Kind::udp:
    case Kind::fragment:
    case Kind::icmp:
    case Kind::gre: return 8;
  }
  return 0;
}

uint8_t protocolOf(const Shape& shape) {
  switch (shape.kind) {
    case Kind::tcp: return 6;
    case Kind::udp:
    case Kind::fragment: return 17;
    case Kind::sctp: return 132;
    case Kind::gre: return 47;
    case Kind::icmp: return shape.version == 4 ? 1 : 58;
  }
  return 0;
}

uint32_t ipHeader(const Shape& shape) {
  if (shape.version == 4) return 20;
  return shape.kind == Kind::fragment ? 48 : 40;
}

}  // namespace

Shape parseShape(const std::string& name, uint32_t size) {
  static const std::pair<const char*, Kind> kinds[] = {{"udp", Kind::udp},   {"tcp", Kind::tcp},
                                                       {"icmp", Kind::icmp}, {"sctp", Kind::sctp},
                                                       {"gre", Kind::gre},   {"fragment", Kind::fragment}};
  for (const auto& [text, kind] : kinds) {
    for (int version : {4, 6}) {
      if (name != text + std::to_string(version)) continue;
      Shape shape{version, kind, size};
      const uint32_t least = ipHeader(shape) + transportHeader(kind) + tagBytes + (kind == Kind::fragment ? 8 : 0);
      if (size < least) usageError(name + " needs an inner size of at least " + std::to_string(least));
      if (size > 65'000) usageError("inner size is at most 65000");
      if (kind == Kind::fragment) shape.size = ipHeader(shape) + ((size - ipHeader(shape)) & ~7u);
      return shape;
    }
  }
  usageError(name + " is no kind of traffic (udp, tcp, icmp, sctp, gre, fragment with 4 or 6)");
}

struct Prototype::Sum {
  uint64_t value;
  /** Writes two bytes and counts them. */
  void put16(uint8_t* at, uint32_t word) {
    ::put16(at, word);
    value += word & 0xffff;
  }
  void put32(uint8_t* at, uint32_t word) {
    ::put32(at, word);
    value += (word >> 16) + (word & 0xffff);
  }
  void put64(uint8_t* at, uint64_t word) {
    put32(at, static_cast<uint32_t>(word >> 32));
    put32(at + 4, static_cast<uint32_t>(word));
  }
};

Prototype::Prototype(const Shape& shape)
    : shape_(shape), headerBytes_(ipHeader(shape)), transportBytes_(transportHeader(shape.kind)), bytes_(shape.size) {
  uint8_t* packet = bytes_.data();
  uint8_t* transport = packet + headerBytes_;
  const uint32_t transportLength = shape.size - headerBytes_;
  for (uint32_t at = headerBytes_ + transportBytes_ + tagBytes; at < shape.size; at++)
    packet[at] = static_cast<uint8_t>(at * 7 + 3);
  const uint32_t datagram = transportLength + (shape.kind == Kind::fragment ? lastFragmentBytes : 0);
  switch (shape.kind) {
    case Kind::udp:
    case Kind::fragment: put16(transport + 4, datagram); break;
    case Kind::tcp:
      put32(transport + 8, 0x01020304);
      transport[12] = 0x50;
      transport[13] = 0x10;
      put16(transport + 14, 0x2000);
      break;
    case Kind::icmp: transport[0] = shape.version == 4 ? 8 : 128; break;
    case Kind::sctp:
      transport[13] = 3;
      put16(transport + 14, transportLength - 12);
      break;
    case Kind::gre:
      transport[0] = 0x20;
      put16(transport + 2, 0x6558);
      break;
  }
  if (shape.version == 4) {
    packet[0] = 0x45;
    packet[8] = hops;
    packet[9] = protocolOf(shape);
  } else {
    packet[0] = 0x60;
    packet[6] = shape.kind == Kind::fragment ? 44 : protocolOf(shape);
    packet[7] = hops;
    put32(packet + 8, v6Network);
    put32(packet + 24, v6Network);
    if (shape.kind == Kind::fragment) packet[40] = protocolOf(shape);
  }
  const bool pseudoHeader = shape.kind != Kind::icmp || shape.version == 6;
  constantSum_ = sumWords(transport, transportLength);
  if (pseudoHeader) constantSum_ += protocolOf(shape) + datagram;
  if (shape.version == 6) constantSum_ += 2 * ((v6Network >> 16) + (v6Network & 0xffff));
}

uint32_t Prototype::write(const Fields& fields, uint8_t* out) const {
  if (shape_.kind == Kind::fragment) return writeFragment(fields, out);
  std::memcpy(out, bytes_.data(), bytes_.size());
  Sum sum{constantSum_};
  writeAddresses(fields, out, sum);
  writeTransport(fields, out, sum);
  finishIp(fields, out, shape_.size);
  return shape_.size;
}

void Prototype::writeAddresses(const Fields& fields, uint8_t* out, Sum& sum) const {
  const bool icmp4 = shape_.kind == Kind::icmp && shape_.version == 4;
  const uint64_t before = sum.value;
  if (shape_.version == 4) {
    const uint32_t client = clientV4 + fields.host;
    sum.put32(out + 12, fields.fromServer ? serverV4 : client);
    sum.put32(out + 16, fields.fromServer ? client : serverV4);
  } else {
    // 2001:db8:c::host and 2001:db8:5::1.
    uint8_t* client = out + (fields.fromServer ? 24 : 8);
    uint8_t* server = out + (fields.fromServer ? 8 : 24);
    sum.put16(client + 4, 0xc);
    sum.put32(client + 12, fields.host);
    sum.put16(server + 4, 5);
    sum.put32(server + 12, 1);
  }
  if (icmp4) sum.value = before;
}

uint32_t Prototype::writeTransport(const Fields& fields, uint8_t* out, Sum& sum) const {
  uint8_t* transport = out + headerBytes_;
  const uint32_t clientPort = memberPort + fields.member;
  const uint32_t source = fields.fromServer ? serverPort : clientPort;
  const uint32_t destination = fields.fromServer ? clientPort : serverPort;
  const uint32_t dataBytes = shape_.size - headerBytes_ - transportBytes_;
  uint8_t* tag = transport + transportBytes_;
  sum.put32(tag, fields.tag.flow);
  sum.put32(tag + 4, fields.tag.number);
  sum.put64(tag + 8, fields.tag.time);
  switch (shape_.kind) {
    case Kind::udp:
    case Kind::fragment: {
      sum.put16(transport, source);
      sum.put16(transport + 2, destination);
      const uint16_t checksum = foldChecksum(sum.value);
      put16(transport + 6, checksum == 0 ? 0xffff : checksum);
      break;
    }
    case Kind::tcp:
      sum.put16(transport, source);
      sum.put16(transport + 2, destination);
      sum.put32(transport + 4, fields.tag.number * dataBytes);
      put16(transport + 16, foldChecksum(sum.value));
      break;
    case Kind::icmp:
      if (fields.fromServer) {
        // An echo reply has type 0 in IPv4 and 129 in IPv6; the request's 8 and 128 are in the constant sum.
        sum.value += shape_.version == 4 ? 0xffff - 0x0800 : 0x0100;
        transport[0] = shape_.version == 4 ? 0 : 129;
      }
      sum.put16(transport + 4, memberPort + fields.member);
      sum.put16(transport + 6, fields.tag.number & 0xffff);
      put16(transport + 2, foldChecksum(sum.value));
      break;
    case Kind::sctp:
      // The appliance does not look at the CRC; a constant one keeps the generator fast.
      sum.put16(transport, source);
      sum.put16(transport + 2, destination);
      break;
    case Kind::gre: sum.put32(transport + 4, memberPort + fields.member); break;
  }
  return transportBytes_;
}

/** Even numbers are first fragments, odd ones the last: 32 bytes that begin with a tag of their own. */
uint32_t Prototype::writeFragment(const Fields& fields, uint8_t* out) const {
  const bool first = (fields.tag.number & 1) == 0;
  const uint32_t payload = shape_.size - headerBytes_;
  uint8_t last[lastFragmentBytes] = {};
  for (uint32_t at = tagBytes; at < lastFragmentBytes; at++) last[at] = static_cast<uint8_t>(at * 11);
  put32(last, fields.tag.flow);
  put32(last + 4, fields.tag.number | 1);
  std::memcpy(out, bytes_.data(), bytes_.size());
  Sum sum{constantSum_};
  writeAddresses(fields, out, sum);
  Fields untimed = fields;
  untimed.tag.time = 0;
  if (first) {
    sum.value += sumWords(last, sizeof(last));
    writeTransport(untimed, out, sum);
  } else {
    std::memcpy(out + headerBytes_, last, sizeof(last));
  }
  const uint32_t length = first ? shape_.size : headerBytes_ + lastFragmentBytes;
  const uint32_t identification = (fields.tag.number >> 1) * fields.members + fields.member;
  if (shape_.version == 6) {
    put16(out + 42, (first ? 0 : payload) | (first ? 1 : 0));
    put32(out + 44, identification);
  } else {
    put16(out + 6, (first ? 0x2000 : 0) | (first ? 0 : payload / 8));
  }
  finishIp(fields, out, length);
  return length;
}

void Prototype::finishIp(const Fields& fields, uint8_t* out, uint32_t length) const {
  if (shape_.version == 6) {
    put16(out + 4, length - 40);
    return;
  }
  const uint32_t identification = shape_.kind == Kind::fragment
                                      ? (fields.tag.number >> 1) * fields.members + fields.member
                                      : fields.tag.number;
  put16(out + 2, length);
  put16(out + 4, identification);
  put16(out + 10, 0);
  put16(out + 10, foldChecksum(sumWords(out, 20)));
}

uint32_t findTag(const uint8_t* packet, uint32_t length) {
  if (length < 20) return 0;
  uint32_t at = 20;
  uint8_t protocol = packet[9];
  bool later = false;
  if (packet[0] == 0x45) {
    later = (get16(packet + 6) & 0x1fff) != 0;
  } else if (packet[0] >> 4 == 6 && length >= 48) {
    at = 40;
    protocol = packet[6];
    if (protocol == 44) {
      at = 48;
      protocol = packet[40];
      later = (get16(packet + 42) & 0xfff8) != 0;
    }
  } else {
    return 0;
  }
  if (!later) {
    switch (protocol) {
      case 6: at += 20; break;
      case 132: at += 28; break;
      case 17:
      case 1:
      case 58:
      case 47: at += 8; break;
      default: return 0;
    }
  }
  return at + tagBytes <= length ? at : 0;
}
