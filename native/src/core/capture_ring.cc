#include "capture_ring.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace geneve {
namespace {

struct Header {
  uint32_t kept;
  uint32_t length;
  uint64_t eni;
  uint64_t timeNs;
  uint32_t source, destination;
  uint16_t sourcePort, destinationPort;
  uint16_t lane;
  uint8_t point;
};

}  // namespace

bool CaptureRing::allocate(size_t bytes) {
  if (ready_.load(std::memory_order_acquire)) return true;
  memory_ = Mapping::anonymous(std::bit_ceil(bytes));
  if (!memory_) return false;
  mask_ = memory_.size() - 1;
  ready_.store(true, std::memory_order_release);
  return true;
}

void CaptureRing::write(CaptureRecord record, ConstBytes packet, uint32_t snapBytes) {
  if (!ready_.load(std::memory_order_acquire)) return;
  const auto kept = static_cast<uint32_t>(std::min<size_t>(packet.size(), snapBytes));
  const uint64_t head = head_.load(std::memory_order_relaxed);
  const uint64_t room = mask_ + 1 - (head - tail_.load(std::memory_order_acquire));
  if (sizeof(Header) + kept > room) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  Header header{kept, static_cast<uint32_t>(packet.size()), record.eni, record.timeNs, record.source, record.destination,
                record.sourcePort, record.destinationPort, record.lane, record.point};
  copyIn(head, &header, sizeof header);
  copyIn(head + sizeof header, packet.data(), kept);
  head_.store(head + sizeof header + kept, std::memory_order_release);
}

void CaptureRing::read(std::vector<CaptureRecord>& out) {
  if (!ready_.load(std::memory_order_acquire)) return;
  const uint64_t head = head_.load(std::memory_order_acquire);
  uint64_t tail = tail_.load(std::memory_order_relaxed);
  while (tail != head) {
    Header header;
    copyOut(tail, &header, sizeof header);
    CaptureRecord record{header.point, header.lane, header.eni, header.timeNs, header.length, header.source,
                         header.destination, header.sourcePort, header.destinationPort, {}};
    record.data.resize(header.kept);
    copyOut(tail + sizeof header, record.data.data(), header.kept);
    tail += sizeof header + header.kept;
    tail_.store(tail, std::memory_order_release);
    out.push_back(std::move(record));
  }
}

void CaptureRing::copyIn(uint64_t at, const void* from, size_t bytes) {
  if (bytes == 0) return;
  auto* ring = static_cast<uint8_t*>(memory_.data());
  const size_t first = std::min<size_t>(bytes, mask_ + 1 - (at & mask_));
  std::memcpy(ring + (at & mask_), from, first);
  std::memcpy(ring, static_cast<const uint8_t*>(from) + first, bytes - first);
}

void CaptureRing::copyOut(uint64_t at, void* to, size_t bytes) const {
  if (bytes == 0) return;
  const auto* ring = static_cast<const uint8_t*>(memory_.data());
  const size_t first = std::min<size_t>(bytes, mask_ + 1 - (at & mask_));
  std::memcpy(to, ring + (at & mask_), first);
  std::memcpy(static_cast<uint8_t*>(to) + first, ring, bytes - first);
}

}  // namespace geneve
