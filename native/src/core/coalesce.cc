#include "coalesce.h"

#include <cstring>

#include "checksum.h"

namespace geneve {
namespace {

constexpr uint8_t kAck = 0x10, kPush = 0x08;
constexpr uint32_t kLargestPacket = 65535;

bool transportChecksumIsRight(const uint8_t* packet, uint32_t length, const Coalescer::Run& run) {
  const ConstBytes part(packet + run.transportOffset, length - run.transportOffset);
  const ConstBytes source = run.ipv6 ? ConstBytes(packet + 8, 16) : ConstBytes(packet + 12, 4);
  const ConstBytes destination = run.ipv6 ? ConstBytes(packet + 24, 16) : ConstBytes(packet + 16, 4);
  const uint8_t* field = &part[run.tcp ? 16 : 6];
  const uint16_t stored = load16(field);
  // Zero has two spellings in one's complement: only the one that segmentation will write comes back identical.
  if (stored == (run.tcp ? 0xffff : 0)) return false;
  const uint8_t protocol = run.tcp ? kTcp : kUdp;
  return fold(pseudoSum(source, destination, protocol, static_cast<uint32_t>(part.size())) + partialSum(part)) == 0xffff;
}

bool ip4ChecksumIsRight(const uint8_t* packet) {
  return load16(packet + 10) != 0xffff && fold(partialSum({packet, 20})) == 0xffff;
}

}  // namespace

void Coalescer::add(void* owner, Bytes packet, const InnerPacket& parsed, uint64_t flowHash) {
  const unsigned slot = flowHash >> 58;
  Run single;
  single.owner = owner;
  const bool mergeable = candidate(packet, parsed, single);
  if (mergeable && slots_[slot] >= 0 && tryMerge(run_[slots_[slot]], single, packet)) return;
  if (parsed.fragment.present) {
    // A later fragment does not say which flow it is of: nothing may be put in front of it any more.
    for (auto& open : slots_) open = -1;
  } else {
    slots_[slot] = -1;
  }
  single.first = packet.data();
  single.firstLength = static_cast<uint32_t>(packet.size());
  single.totalLength = single.firstLength;
  single.count = 1;
  single.slot = mergeable ? static_cast<int16_t>(slot) : -1;
  if (mergeable) slots_[slot] = static_cast<int16_t>(runs_);
  else single.headerLength = 0;
  run_[runs_++] = single;
}

bool Coalescer::candidate(Bytes packet, const InnerPacket& parsed, Run& run) const {
  run.tcp = parsed.protocol == kTcp;
  if (!(run.tcp ? tcp_ : udp_ && parsed.protocol == kUdp)) return false;
  if (parsed.fragment.present || parsed.truncated || parsed.quoted) return false;
  run.ipv6 = parsed.version == 6;
  if (parsed.length != packet.size() || parsed.transportOffset != (run.ipv6 ? 40u : 20u)) return false;
  const uint8_t* transport = packet.data() + parsed.transportOffset;
  const uint32_t room = parsed.length - parsed.transportOffset;
  uint32_t transportHeader = 8;
  run.push = false;
  run.nextSequence = 0;
  if (run.tcp) {
    if (room < 20) return false;
    transportHeader = 4u * (transport[12] >> 4);
    if (transportHeader < 20 || (transport[12] & 0x0f) != 0 || load16(transport + 18) != 0) return false;
    if ((transport[13] & static_cast<uint8_t>(~kPush)) != kAck) return false;
    run.push = (transport[13] & kPush) != 0;
  } else if (room < 8 || load16(transport + 4) != room || load16(transport + 6) == 0) {
    return false;
  }
  if (room <= transportHeader) return false;
  // A reserved fragment bit would survive, more fragments cannot be: checked by `fragment`.
  run.transportOffset = static_cast<uint16_t>(parsed.transportOffset);
  run.headerLength = static_cast<uint16_t>(parsed.transportOffset + transportHeader);
  run.gsoSize = static_cast<uint16_t>(room - transportHeader);
  if (run.tcp) run.nextSequence = load32(transport + 4) + run.gsoSize;
  run.verified = false;
  return true;
}

bool Coalescer::tryMerge(Run& run, const Run& single, Bytes packet) {
  const uint32_t payload = single.gsoSize;
  if (run.owner != single.owner || run.tcp != single.tcp || run.ipv6 != single.ipv6) return false;
  if (run.headerLength != single.headerLength || run.push || payload > run.gsoSize) return false;
  if (run.totalLength + payload > kLargestPacket) return false;
  // A short segment ends the run: the one before must have been whole.
  if (run.totalLength != run.headerLength + uint32_t{run.count} * run.gsoSize) return false;
  if (!sameHeaders(run, packet.data())) return false;
  if (!run.verified) {
    if (!transportChecksumIsRight(run.first, run.firstLength, run)) return false;
    if (!run.ipv6 && !ip4ChecksumIsRight(run.first)) return false;
    run.verified = true;
    run.firstPart = run.lastPart = static_cast<uint16_t>(parts_);
  }
  if (!transportChecksumIsRight(packet.data(), static_cast<uint32_t>(packet.size()), run)) return false;
  if (!run.ipv6 && !ip4ChecksumIsRight(packet.data())) return false;
  Part& part = part_[parts_];
  part.payload = packet.data() + run.headerLength;
  part.length = payload;
  if (run.count > 1) part_[run.lastPart].next = static_cast<uint16_t>(parts_);
  else run.firstPart = static_cast<uint16_t>(parts_);
  run.lastPart = static_cast<uint16_t>(parts_++);
  run.count++;
  run.totalLength += payload;
  run.nextSequence += payload;
  run.push = single.push;
  return true;
}

bool Coalescer::sameHeaders(const Run& run, const uint8_t* packet) const {
  const uint8_t* first = run.first;
  if (run.ipv6) {
    // Version, class, label; then next header, hop limit and addresses. The length lies between.
    if (std::memcmp(first, packet, 4) != 0 || std::memcmp(first + 6, packet + 6, 34) != 0) return false;
  } else {
    if (load16(first) != load16(packet) || std::memcmp(first + 6, packet + 6, 4) != 0) return false;
    if (std::memcmp(first + 12, packet + 12, 8) != 0) return false;
    const bool unnumbered = (first[6] & 0x40) != 0 && load16(first + 4) == 0;
    const auto expected = static_cast<uint16_t>(unnumbered ? 0 : load16(first + 4) + run.count);
    if (load16(packet + 4) != expected) return false;
  }
  const uint8_t* a = first + run.transportOffset;
  const uint8_t* b = packet + run.transportOffset;
  if (load32(a) != load32(b)) return false;
  if (!run.tcp) return true;
  if (load32(b + 4) != run.nextSequence || std::memcmp(a + 8, b + 8, 5) != 0 || load16(a + 14) != load16(b + 14)) return false;
  const size_t options = size_t{run.headerLength} - run.transportOffset - 20;
  return std::memcmp(a + 20, b + 20, options) == 0;
}

unsigned Coalescer::build(const Run& run, uint8_t* header, iovec* parts) const {
  VirtioHeader virtio{};
  virtio.flags = kVirtioNeedsChecksum;
  virtio.gsoType = run.tcp ? (run.ipv6 ? kGsoTcp6 : kGsoTcp4) : kGsoUdp;
  virtio.headerLength = run.headerLength;
  virtio.gsoSize = run.gsoSize;
  virtio.checksumStart = run.transportOffset;
  virtio.checksumOffset = run.tcp ? 16 : 6;
  std::memcpy(header, &virtio, sizeof virtio);
  uint8_t* ip = header + sizeof virtio;
  std::memcpy(ip, run.first, run.headerLength);
  const uint32_t transportLength = run.totalLength - run.transportOffset;
  uint8_t* transport = ip + run.transportOffset;
  if (run.ipv6) {
    store16(ip + 4, static_cast<uint16_t>(run.totalLength - 40));
  } else {
    store16(ip + 2, static_cast<uint16_t>(run.totalLength));
    setIpv4Checksum({ip, 20});
  }
  if (run.push) transport[13] |= kPush;
  if (!run.tcp) store16(transport + 4, static_cast<uint16_t>(transportLength));
  const ConstBytes source = run.ipv6 ? ConstBytes(ip + 8, 16) : ConstBytes(ip + 12, 4);
  const ConstBytes destination = run.ipv6 ? ConstBytes(ip + 24, 16) : ConstBytes(ip + 16, 4);
  store16(transport + virtio.checksumOffset, fold(pseudoSum(source, destination, run.tcp ? kTcp : kUdp, transportLength)));

  parts[0] = {header, sizeof virtio + run.headerLength};
  parts[1] = {run.first + run.headerLength, run.gsoSize};
  unsigned count = 2;
  for (uint16_t at = run.firstPart, left = static_cast<uint16_t>(run.count - 1); left > 0; --left, at = part_[at].next)
    parts[count++] = {part_[at].payload, part_[at].length};
  return count;
}

void Coalescer::clear() {
  for (unsigned i = 0; i < runs_; ++i)
    if (run_[i].slot >= 0) slots_[run_[i].slot] = -1;
  runs_ = parts_ = 0;
}

}  // namespace geneve
