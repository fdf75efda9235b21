// Bytes as a list of packets (two bytes of length, then the packet): merged, then cut, they must be the same again.
// The first ten bytes are also taken as a virtio header in front of the first packet.
#include <cstring>
#include <vector>

#include "checksum.h"
#include "coalesce.h"
#include "flow_key.h"
#include "segment.h"

using namespace geneve;

namespace {

using Packet = std::vector<uint8_t>;

// Random bytes have wrong checksums, which are never merged: most of the time they are put right.
void fillChecksums(Packet& packet) {
  InnerPacket parsed{};
  if (parseInner(packet, parsed).reason != DropReason::kNone || parsed.quoted || parsed.fragment.present) return;
  const bool tcp = parsed.protocol == kTcp;
  const size_t at = parsed.transportOffset, room = parsed.length - at;
  if ((!tcp && parsed.protocol != kUdp) || room < (tcp ? 20u : 8u)) return;
  const size_t field = at + (tcp ? 16 : 6), address = parsed.version == 4 ? 4 : 16;
  packet[field] = packet[field + 1] = 0;
  const uint64_t pseudo = pseudoSum({parsed.source, address}, {parsed.destination, address}, parsed.protocol, static_cast<uint32_t>(room));
  const uint16_t value = finish(pseudo + partialSum({&packet[at], room}));
  store16(&packet[field], !tcp && value == 0 ? 0xffff : value);
  if (parsed.version == 4) setIpv4Checksum({packet.data(), static_cast<size_t>(4 * (packet[0] & 15))});
}

void cut(const VirtioHeader& virtio, const Packet& packet, std::vector<Packet>& out) {
  InnerPacket parsed{};
  SegmentPlan plan{};
  if (parseInner(packet, parsed).reason != DropReason::kNone) __builtin_trap();
  if (!planSegments(virtio, packet, parsed, plan)) __builtin_trap();
  for (unsigned i = 0; i < plan.count; ++i) {
    Packet segment(plan.headerLength);
    const auto payload = writeSegment(plan, packet, i, segment.data());
    segment.insert(segment.end(), payload.begin(), payload.end());
    out.push_back(std::move(segment));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* coalescer = new Coalescer(true, true);
  std::vector<Packet> packets;
  size_t at = 1;
  while (at + 2 <= size && packets.size() < Coalescer::kRuns) {
    const size_t length = std::min<size_t>(load16(data + at) % 2048, size - at - 2);
    Packet packet(data + at + 2, data + at + 2 + length);
    if (data[0] & 1) fillChecksums(packet);
    InnerPacket parsed{};
    if (parseInner(packet, parsed).reason == DropReason::kNone) packets.push_back(std::move(packet));
    at += 2 + length;
  }
  if (size > 12) {
    VirtioHeader virtio;
    std::memcpy(&virtio, data + 1, sizeof virtio);
    for (Packet packet : packets) {
      InnerPacket parsed{};
      SegmentPlan plan{};
      completeChecksum(virtio, packet, true);
      if (parseInner(packet, parsed).reason != DropReason::kNone || !planSegments(virtio, packet, parsed, plan)) continue;
      Packet header(plan.headerLength);
      for (unsigned i = 0; i < plan.count; ++i) writeSegment(plan, packet, i, header.data());
    }
  }
  int owner;
  for (auto& packet : packets) {
    InnerPacket parsed{};
    parseInner(packet, parsed);
    // One hash for all: everything meets in one slot, and so the order must stay as it is.
    coalescer->add(&owner, packet, parsed, 7);
  }
  std::vector<Packet> out;
  for (unsigned i = 0; i < coalescer->runs(); ++i) {
    const auto& run = coalescer->run(i);
    if (run.count == 1) {
      out.emplace_back(run.first, run.first + run.firstLength);
      continue;
    }
    uint8_t header[Coalescer::kHeaderRoom + sizeof(VirtioHeader)];
    std::vector<iovec> parts(run.count + 1u);
    const unsigned count = coalescer->build(run, header, parts.data());
    Packet large;
    for (unsigned n = 0; n < count; ++n) {
      const auto* part = static_cast<const uint8_t*>(parts[n].iov_base);
      large.insert(large.end(), part, part + parts[n].iov_len);
    }
    VirtioHeader virtio;
    std::memcpy(&virtio, large.data(), sizeof virtio);
    large.erase(large.begin(), large.begin() + sizeof virtio);
    cut(virtio, large, out);
  }
  coalescer->clear();
  if (out != packets) __builtin_trap();
  return 0;
}
