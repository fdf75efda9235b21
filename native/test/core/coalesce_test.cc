// Merging is lossless: whatever comes in, cutting what was merged gives the same packets in the same order per flow.
#include "coalesce.h"

#include <cstring>
#include <map>

#include "flow_key.h"
#include "packets.h"
#include "runner.h"
#include "segment.h"

using namespace geneve;
using namespace testing;

namespace {

using Packet = std::vector<uint8_t>;

struct Arrival {
  Packet packet;
  uint64_t hash;
};

Arrival arrival(Packet packet) {
  InnerPacket parsed{};
  uint64_t hash = 0;
  if (parseInner(packet, parsed).reason == DropReason::kNone) hash = hashKey(flowKey(parsed, 1), 99);
  return {std::move(packet), hash};
}

std::vector<Packet> cut(const VirtioHeader& virtio, Packet packet) {
  InnerPacket parsed{};
  CHECK(parseInner(packet, parsed).reason == DropReason::kNone);
  SegmentPlan plan{};
  const bool planned = planSegments(virtio, packet, parsed, plan);
  CHECK(planned);
  std::vector<Packet> segments;
  for (unsigned i = 0; planned && i < plan.count; ++i) {
    Packet segment(plan.headerLength);
    const auto payload = writeSegment(plan, packet, i, segment.data());
    segment.insert(segment.end(), payload.begin(), payload.end());
    segments.push_back(std::move(segment));
  }
  return segments;
}

// Through the coalescer and back; `merged` counts packets that travelled in company.
std::vector<Packet> roundTrip(std::vector<Arrival>& arrivals, unsigned& merged) {
  static auto* coalescer = new Coalescer(true, true);
  std::vector<Packet> out;
  int owner;
  const auto flush = [&] {
    for (unsigned i = 0; i < coalescer->runs(); ++i) {
      const auto& run = coalescer->run(i);
      if (run.count == 1) {
        out.emplace_back(run.first, run.first + run.firstLength);
        continue;
      }
      merged += run.count;
      uint8_t header[Coalescer::kHeaderRoom + sizeof(VirtioHeader)];
      std::vector<iovec> parts(run.count + 1u);
      const unsigned count = coalescer->build(run, header, parts.data());
      Packet large;
      for (unsigned n = 0; n < count; ++n)
        large.insert(large.end(), static_cast<uint8_t*>(parts[n].iov_base), static_cast<uint8_t*>(parts[n].iov_base) + parts[n].iov_len);
      VirtioHeader virtio;
      std::memcpy(&virtio, large.data(), sizeof virtio);
      large.erase(large.begin(), large.begin() + sizeof virtio);
      CHECK(large.size() == run.totalLength);
      for (auto& segment : cut(virtio, large)) out.push_back(std::move(segment));
    }
    coalescer->clear();
  };
  for (auto& each : arrivals) {
    InnerPacket parsed{};
    if (parseInner(each.packet, parsed).reason != DropReason::kNone) continue;
    if (coalescer->full()) flush();
    coalescer->add(&owner, each.packet, parsed, each.hash);
  }
  flush();
  return out;
}

void checkSame(std::vector<Arrival>& arrivals, unsigned& merged) {
  std::map<uint64_t, std::vector<Packet>> wanted, got;
  for (const auto& each : arrivals) {
    InnerPacket parsed{};
    if (parseInner(each.packet, parsed).reason == DropReason::kNone) wanted[each.hash].push_back(each.packet);
  }
  for (auto& packet : roundTrip(arrivals, merged)) {
    const uint64_t hash = arrival(packet).hash;
    got[hash].push_back(std::move(packet));
  }
  CHECK(wanted == got);
}

PacketShape randomShape(bool tcp) {
  PacketShape shape;
  shape.ipv6 = draw(2) == 0;
  shape.tcp = tcp;
  shape.sourcePort = static_cast<uint16_t>(draw(3));
  shape.identification = static_cast<uint16_t>(draw(3) == 0 ? 0 : draw());
  shape.dontFragment = draw(2) == 0;
  shape.sequence = static_cast<uint32_t>(draw());
  shape.optionWords = tcp ? static_cast<unsigned>(draw(4)) : 0;
  shape.payload = 1 + static_cast<unsigned>(draw(700));
  return shape;
}

// What a sender does: numbers go up, sizes stay, now and then something changes.
std::vector<Arrival> stream(bool tcp) {
  std::vector<Arrival> arrivals;
  PacketShape shape = randomShape(tcp);
  const bool fixed = shape.dontFragment && shape.identification == 0;
  for (unsigned n = 1 + static_cast<unsigned>(draw(40)); n > 0; --n) {
    PacketShape now = shape;
    switch (draw(30)) {
      case 0: now.payload = 1 + static_cast<unsigned>(draw(shape.payload)); break;
      case 1: now.flags |= 0x08; break;
      case 2: now.flags = static_cast<uint8_t>(draw()); break;
      case 3: now.acknowledgement++; break;
      case 4: shape.sequence += static_cast<uint32_t>(draw(5)); break;
      case 5: shape.identification++; break;
      case 6: now.payload = tcp ? 0 : now.payload; break;
      default: break;
    }
    arrivals.push_back(arrival(makePacket(now, draw())));
    if (draw(40) == 0) {
      auto& bytes = arrivals.back().packet;
      bytes[draw(bytes.size())] ^= static_cast<uint8_t>(1 + draw(255));
      arrivals.back() = arrival(bytes);
    }
    shape.sequence += now.payload;
    if (!fixed) shape.identification++;
  }
  return arrivals;
}

}  // namespace

TEST(random_streams_come_back_identical) {
  unsigned merged = 0;
  for (unsigned round = 0; round < 1500 * factor(); ++round) {
    std::vector<Arrival> arrivals;
    for (unsigned flows = 1 + static_cast<unsigned>(draw(4)); flows > 0; --flows)
      for (auto& each : stream(draw(2) == 0)) arrivals.push_back(std::move(each));
    if (draw(2) == 0)
      for (size_t i = 0; i + 1 < arrivals.size(); i += 1 + draw(3)) std::swap(arrivals[i], arrivals[draw(arrivals.size())]);
    checkSame(arrivals, merged);
  }
  CHECK(merged > 1000);
}

TEST(bulk_is_merged) {
  for (const bool tcp : {false, true}) {
    for (const bool ipv6 : {false, true}) {
      std::vector<Arrival> arrivals;
      for (unsigned i = 0; i < 32; ++i) {
        PacketShape shape;
        shape.tcp = tcp;
        shape.ipv6 = ipv6;
        shape.payload = i == 31 ? 100 : 1400;
        shape.identification = static_cast<uint16_t>(65530 + i);
        shape.sequence = 0xffffff00 + i * 1400;
        shape.flags = i == 31 ? 0x18 : 0x10;
        arrivals.push_back(arrival(makePacket(shape, i)));
      }
      unsigned merged = 0;
      checkSame(arrivals, merged);
      CHECK(merged == 32);
    }
  }
}

TEST(identification_zero_with_df_stays_zero) {
  std::vector<Arrival> arrivals;
  for (unsigned i = 0; i < 8; ++i) {
    PacketShape shape;
    shape.dontFragment = true;
    shape.identification = 0;
    shape.payload = 64;
    arrivals.push_back(arrival(makePacket(shape, i)));
  }
  unsigned merged = 0;
  checkSame(arrivals, merged);
  CHECK(merged == 8);
}

TEST(wrong_checksums_are_never_repaired) {
  for (unsigned wrong = 0; wrong < 4; ++wrong) {
    std::vector<Arrival> arrivals;
    for (unsigned i = 0; i < 4; ++i) {
      PacketShape shape;
      shape.payload = 64;
      shape.identification = static_cast<uint16_t>(10 + i);
      arrivals.push_back(arrival(makePacket(shape, i)));
    }
    arrivals[wrong].packet[27] ^= 1;
    unsigned merged = 0;
    checkSame(arrivals, merged);
  }
}

TEST(udp_without_checksum_is_not_merged) {
  std::vector<Arrival> arrivals;
  for (unsigned i = 0; i < 4; ++i) {
    PacketShape shape;
    shape.payload = 64;
    shape.identification = static_cast<uint16_t>(10 + i);
    auto packet = makePacket(shape, i);
    packet[26] = packet[27] = 0;
    arrivals.push_back(arrival(packet));
  }
  unsigned merged = 0;
  checkSame(arrivals, merged);
  CHECK(merged == 0);
}

TEST(hostile_virtio_headers_are_refused_or_harmless) {
  for (unsigned round = 0; round < 20'000 * factor(); ++round) {
    auto packet = makePacket(randomShape(draw(2) == 0), round);
    packet[draw(packet.size())] = static_cast<uint8_t>(draw());
    VirtioHeader virtio{static_cast<uint8_t>(draw()), static_cast<uint8_t>(draw(8)), static_cast<uint16_t>(draw()),
                        static_cast<uint16_t>(draw(3) == 0 ? draw() : draw(200)), static_cast<uint16_t>(draw(2000)),
                        static_cast<uint16_t>(draw(40))};
    InnerPacket parsed{};
    if (parseInner(packet, parsed).reason != DropReason::kNone) continue;
    completeChecksum(virtio, packet, true);
    if (parseInner(packet, parsed).reason != DropReason::kNone) continue;
    SegmentPlan plan{};
    if (!planSegments(virtio, packet, parsed, plan)) continue;
    size_t total = 0;
    Packet header(plan.headerLength);
    for (unsigned i = 0; i < plan.count; ++i) total += writeSegment(plan, packet, i, header.data()).size();
    CHECK(total == plan.payloadLength);
  }
}
