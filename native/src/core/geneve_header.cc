#include "geneve_header.h"

namespace geneve {
namespace {

constexpr uint16_t kGwlbClass = 0x0108;
constexpr uint8_t kCriticalOption = 0x80;

// What GWLB sends: the three options in order, nothing else. One comparison of the option headers decides it.
bool decodeUsual(ConstBytes data, GeneveHeader& out) {
  if (data.size() < 40 || data[0] != 8 || (data[1] & 0x80) != 0) return false;
  if (load32(&data[8]) != 0x01080102 || load32(&data[20]) != 0x01080202 || load32(&data[32]) != 0x01080301)
    return false;
  out.eni = load64(&data[12]);
  out.attachment = load64(&data[24]);
  out.cookie = load32(&data[36]);
  return true;
}

GeneveVerdict checkStructure(ConstBytes data, size_t end) {
  for (size_t at = kGeneveBase; at < end;) {
    const size_t next = at + 4 + 4 * (data[at + 3] & 0x1f);
    if (next > end) return {DropReason::kGeneveOptionPastEnd, static_cast<uint32_t>(at)};
    at = next;
  }
  return {DropReason::kNone, 0};
}

GeneveVerdict readOptions(ConstBytes data, size_t end, GeneveHeader& out) {
  unsigned seen = 0;
  for (size_t at = kGeneveBase; at < end;) {
    const size_t length = 4 * (data[at + 3] & 0x1f);
    const uint8_t type = data[at + 2];
    const auto fault = [at](DropReason reason) { return GeneveVerdict{reason, static_cast<uint32_t>(at)}; };
    if (load16(&data[at]) == kGwlbClass && type >= 1 && type <= 3) {
      if (length != (type == 3 ? 4u : 8u)) return fault(DropReason::kGwlbOptionLength);
      if (seen & (1u << type)) return fault(DropReason::kGwlbOptionDuplicate);
      seen |= 1u << type;
      if (type == 1) out.eni = load64(&data[at + 4]);
      if (type == 2) out.attachment = load64(&data[at + 4]);
      if (type == 3) out.cookie = load32(&data[at + 4]);
    } else if (type & kCriticalOption) {
      return fault(DropReason::kGeneveOptionCritical);
    }
    at += 4 + length;
  }
  if (seen != 0b1110) return {DropReason::kGwlbOptionsMissing, kGeneveBase};
  return {DropReason::kNone, 0};
}

}  // namespace

GeneveVerdict decodeGeneve(ConstBytes data, GeneveHeader& out) {
  if (data.size() < kGeneveBase) return {DropReason::kGeneveTooShort, static_cast<uint32_t>(data.size())};
  out.protocol = load16(&data[2]);
  out.vni = load32(&data[4]) >> 8;
  const bool usual = decodeUsual(data, out);
  const size_t end = kGeneveBase + 4 * (data[0] & 0x3f);
  out.headerLength = static_cast<uint16_t>(end);
  if (!usual) {
    if (data[0] >> 6) return {DropReason::kGeneveVersion, 0};
    if (end > data.size()) return {DropReason::kGeneveOptionsPastEnd, 0};
    if (const auto verdict = checkStructure(data, end); verdict.reason != DropReason::kNone) return verdict;
    if (data[1] & 0x80) return {DropReason::kGeneveControl, 1};
  }
  if (out.protocol != kProtocolIpv4 && out.protocol != kProtocolIpv6) return {DropReason::kGeneveProtocol, 2};
  return usual ? GeneveVerdict{DropReason::kNone, 0} : readOptions(data, end, out);
}

}  // namespace geneve
