#include "segment.h"

#include "checksum.h"

namespace geneve {
namespace {

constexpr uint8_t kFin = 0x01, kPush = 0x08, kCwr = 0x80;
constexpr uint32_t kLargestHeader = 256;

ConstBytes sourceOf(const SegmentPlan& plan, const uint8_t* ip) { return plan.ipv6 ? ConstBytes(ip + 8, 16) : ConstBytes(ip + 12, 4); }
ConstBytes destinationOf(const SegmentPlan& plan, const uint8_t* ip) {
  return plan.ipv6 ? ConstBytes(ip + 24, 16) : ConstBytes(ip + 16, 4);
}

void setIpLength(const SegmentPlan& plan, unsigned index, uint32_t total, uint8_t* ip) {
  if (plan.ipv6) {
    store16(ip + 4, static_cast<uint16_t>(total - 40));
    return;
  }
  store16(ip + 2, static_cast<uint16_t>(total));
  const uint16_t identification = load16(ip + 4);
  const bool dontFragment = (ip[6] & 0x40) != 0;
  if (!dontFragment || identification != 0) store16(ip + 4, static_cast<uint16_t>(identification + index));
  setIpv4Checksum({ip, static_cast<size_t>(4 * (ip[0] & 0x0f))});
}

}  // namespace

bool planSegments(const VirtioHeader& virtio, ConstBytes packet, const InnerPacket& parsed, SegmentPlan& plan) {
  const uint8_t type = virtio.gsoType & static_cast<uint8_t>(~kGsoEcn);
  plan.tcp = type == kGsoTcp4 || type == kGsoTcp6;
  plan.ipv6 = parsed.version == 6;
  if (!plan.tcp && type != kGsoUdp) return false;
  if (plan.tcp && (type == kGsoTcp6) != plan.ipv6) return false;
  if (parsed.fragment.present || parsed.truncated || parsed.quoted) return false;
  if (parsed.protocol != (plan.tcp ? kTcp : kUdp)) return false;
  plan.transportOffset = parsed.transportOffset;
  uint32_t transport = 8;
  if (plan.tcp) {
    if (parsed.length < plan.transportOffset + 20) return false;
    transport = 4u * (packet[plan.transportOffset + 12] >> 4);
    if (transport < 20) return false;
  }
  plan.headerLength = plan.transportOffset + transport;
  plan.gsoSize = virtio.gsoSize;
  if (plan.headerLength > parsed.length || plan.headerLength > kLargestHeader || plan.gsoSize == 0) return false;
  plan.payloadLength = parsed.length - plan.headerLength;
  plan.count = plan.payloadLength == 0 ? 1 : (plan.payloadLength + plan.gsoSize - 1) / plan.gsoSize;
  return true;
}

ConstBytes writeSegment(const SegmentPlan& plan, ConstBytes packet, unsigned index, uint8_t* header) {
  const uint32_t offset = index * plan.gsoSize;
  const bool last = index + 1 == plan.count;
  const uint32_t length = last ? plan.payloadLength - offset : plan.gsoSize;
  const ConstBytes payload = packet.subspan(plan.headerLength + offset, length);
  std::memcpy(header, packet.data(), plan.headerLength);
  setIpLength(plan, index, plan.headerLength + length, header);
  uint8_t* transport = header + plan.transportOffset;
  const uint32_t transportLength = plan.headerLength - plan.transportOffset + length;
  const uint8_t protocol = plan.tcp ? kTcp : kUdp;
  uint8_t* checksum = transport + (plan.tcp ? 16 : 6);
  if (plan.tcp) {
    store32(transport + 4, load32(transport + 4) + offset);
    if (!last) transport[13] &= static_cast<uint8_t>(~(kFin | kPush));
    if (index != 0) transport[13] &= static_cast<uint8_t>(~kCwr);
  } else {
    store16(transport + 4, static_cast<uint16_t>(transportLength));
  }
  store16(checksum, 0);
  const ConstBytes transportHeader(transport, plan.headerLength - plan.transportOffset);
  const uint16_t value = finish(pseudoSum(sourceOf(plan, header), destinationOf(plan, header), protocol, transportLength) +
                                partialSum(transportHeader) + partialSum(payload));
  store16(checksum, !plan.tcp && value == 0 ? 0xffff : value);
  return payload;
}

bool completeChecksum(const VirtioHeader& virtio, Bytes packet, bool udp) {
  const size_t start = virtio.checksumStart;
  const size_t at = start + virtio.checksumOffset;
  if (start > packet.size() || at + 2 > packet.size()) return false;
  const uint16_t value = finish(partialSum(packet.subspan(start)));
  store16(&packet[at], udp && value == 0 ? 0xffff : value);
  return true;
}

}  // namespace geneve
