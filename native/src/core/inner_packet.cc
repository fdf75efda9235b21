#include "inner_packet.h"

namespace geneve {
namespace {

constexpr uint64_t bit(unsigned n) { return uint64_t{1} << n; }
constexpr uint64_t kIcmpQueries = bit(0) | bit(8) | bit(13) | bit(14) | bit(15) | bit(16) | bit(17) | bit(18) | bit(42) | bit(43);
constexpr uint64_t kIcmpErrors = bit(3) | bit(4) | bit(5) | bit(11) | bit(12);
constexpr int kMostExtensionHeaders = 8;

bool isIcmpQuery(uint8_t type) { return type < 64 && (kIcmpQueries & bit(type)) != 0; }
bool isIcmpError(uint8_t type) { return type < 64 && (kIcmpErrors & bit(type)) != 0; }
bool isIcmp6Query(uint8_t type) { return type == 128 || type == 129 || type == 160 || type == 161; }
bool isIcmp6Error(uint8_t type) { return type < 128; }

bool isExtension(uint8_t next) {
  switch (next) {
    case 0: case 43: case 44: case 51: case 60: case 135: case 139: case 140:
      return true;
    default:
      return false;
  }
}

// `quote`: the packet may be cut off and its length fields rewritten on the way, so they are not checked.
InnerVerdict readIp4(ConstBytes data, bool quote, InnerPacket& out, size_t& end) {
  if (data.size() < 20) return {DropReason::kIpTooShort, static_cast<uint32_t>(data.size())};
  const size_t header = 4 * (data[0] & 0x0f);
  if (header < 20 || header > data.size()) return {DropReason::kIpHeaderLength, 0};
  const size_t total = load16(&data[2]);
  if (!quote && (total < header || total > data.size())) return {DropReason::kIpTotalLength, 2};
  end = quote ? data.size() : total;
  out.version = 4;
  out.protocol = data[9];
  out.source = &data[12];
  out.destination = &data[16];
  out.transportOffset = static_cast<uint32_t>(header);
  const uint16_t word = load16(&data[6]);
  const bool more = (word & 0x2000) != 0;
  const uint32_t offset = (word & 0x1fffu) * 8;
  if (more || offset != 0) out.fragment = {load16(&data[4]), offset, true, more};
  return {DropReason::kNone, 0};
}

void walkExtensions(ConstBytes data, size_t end, InnerPacket& out) {
  size_t at = 40;
  uint8_t next = data[6];
  int headers = 0;
  while (isExtension(next)) {
    if (++headers > kMostExtensionHeaders || at + 8 > end) {
      out.truncated = true;
      break;
    }
    if (next == 44) {
      const uint16_t word = load16(&data[at + 2]);
      const bool more = (word & 1) != 0;
      const uint32_t offset = word & 0xfff8u;
      if (more || offset != 0) out.fragment = {load32(&data[at + 4]), offset, true, more};
      next = data[at];
      at += 8;
      if (offset != 0) break;
      continue;
    }
    const size_t length = next == 51 ? 4 * (size_t{data[at + 1]} + 2) : 8 * (size_t{data[at + 1]} + 1);
    if (at + length > end) {
      out.truncated = true;
      break;
    }
    next = data[at];
    at += length;
  }
  out.protocol = next;
  out.transportOffset = static_cast<uint32_t>(at);
}

InnerVerdict readIp6(ConstBytes data, bool quote, InnerPacket& out, size_t& end) {
  if (data.size() < 40) return {DropReason::kIpTooShort, static_cast<uint32_t>(data.size())};
  const size_t total = 40 + size_t{load16(&data[4])};
  if (!quote && total > data.size()) return {DropReason::kIpPayloadLength, 4};
  end = quote ? data.size() : total;
  out.version = 6;
  out.source = &data[8];
  out.destination = &data[24];
  walkExtensions(data, end, out);
  return {DropReason::kNone, 0};
}

InnerVerdict readIp(ConstBytes data, bool quote, InnerPacket& out, size_t& end) {
  if (data.empty()) return {DropReason::kIpTooShort, 0};
  out.quoted = out.truncated = false;
  out.sourcePort = out.destinationPort = 0;
  out.identifier = 0;
  out.fragment = {0, 0, false, false};
  switch (data[0] >> 4) {
    case 4:
      return readIp4(data, quote, out, end);
    case 6:
      return readIp6(data, quote, out, end);
    default:
      return {DropReason::kIpVersion, 0};
  }
}

// GRE (RFC 2784, 2890; RFC 1701 for the routing bit): the key stands behind the optional checksum word.
void readGre(ConstBytes part, InnerPacket& out) {
  if (part.size() < 2) {
    out.truncated = true;
    return;
  }
  const bool version0 = (part[1] & 0x07) == 0;
  if (!version0 || (part[0] & 0x20) == 0) return;
  const size_t at = (part[0] & 0xc0) != 0 ? 8 : 4;
  if (part.size() < at + 4) {
    out.truncated = true;
    return;
  }
  out.identifier = load32(&part[at]);
}

bool isError(const InnerPacket& packet, uint8_t type) {
  return packet.version == 4 ? isIcmpError(type) : isIcmp6Error(type);
}

void readTransport(ConstBytes part, InnerPacket& out);

// `swap`: what the error says about A -> B belongs to the flow B -> A, the direction in which the error travels.
void readQuote(ConstBytes quote, InnerPacket& out) {
  InnerPacket inner;
  size_t end = 0;
  if (readIp(quote, true, inner, end).reason != DropReason::kNone || inner.version != out.version) return;
  inner.outerProtocol = inner.protocol;
  const bool icmp = inner.protocol == (inner.version == 4 ? kIcmp : kIcmp6);
  const bool later = inner.fragment.present && inner.fragment.offset != 0;
  const ConstBytes part = quote.subspan(inner.transportOffset);
  if (icmp && !later && !inner.truncated && !part.empty() && isError(inner, part[0])) return;
  if (!later && !inner.truncated) readTransport(part, inner);
  out.protocol = inner.protocol;
  out.source = inner.destination;
  out.destination = inner.source;
  out.sourcePort = inner.destinationPort;
  out.destinationPort = inner.sourcePort;
  out.identifier = inner.identifier;
  out.fragment = inner.fragment;
  out.truncated = inner.truncated;
  out.quoted = true;
}

void readIcmp(ConstBytes part, InnerPacket& out) {
  if (part.empty()) {
    out.truncated = true;
    return;
  }
  const bool query = out.version == 4 ? isIcmpQuery(part[0]) : isIcmp6Query(part[0]);
  if (query) {
    if (part.size() < 6) out.truncated = true;
    else out.identifier = load16(&part[4]);
  } else if (isError(out, part[0])) {
    if (part.size() < 8) out.truncated = true;
    else readQuote(part.subspan(8), out);
  }
}

void readTransport(ConstBytes part, InnerPacket& out) {
  switch (out.protocol) {
    case kTcp: case kUdp: case kSctp:
      if (part.size() < 4) {
        out.truncated = true;
      } else {
        out.sourcePort = load16(&part[0]);
        out.destinationPort = load16(&part[2]);
      }
      break;
    case kGre:
      readGre(part, out);
      break;
    case kIcmp:
      if (out.version == 4) readIcmp(part, out);
      break;
    case kIcmp6:
      if (out.version == 6) readIcmp(part, out);
      break;
    default:
      break;
  }
}

}  // namespace

InnerVerdict parseInner(ConstBytes data, InnerPacket& out) {
  size_t end = 0;
  const InnerVerdict verdict = readIp(data, false, out, end);
  if (verdict.reason != DropReason::kNone) return verdict;
  out.length = static_cast<uint32_t>(end);
  out.outerProtocol = out.protocol;
  const bool later = out.fragment.present && out.fragment.offset != 0;
  if (!later && !out.truncated) readTransport(data.first(end).subspan(out.transportOffset), out);
  return {DropReason::kNone, 0};
}

}  // namespace geneve
