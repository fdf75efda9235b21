#include "kernel_capture.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/types.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace geneve {
namespace wire {
#include "../../bpf/datapath.h"
}  // namespace wire

namespace {

constexpr unsigned kFirstPoint[] = {0, 2};  ///< Of what was received, of what was sent.
constexpr unsigned kOuterIn = 0, kOuterOut = 3;

int64_t clockNs(clockid_t clock) {
  timespec now;
  ::clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

// The layout of kernel/bpf/ringbuf.c: a page of the reader's, a page of the writers', the data and the same data again, so
// that a record over the end is in one piece.
BpfRing BpfRing::open(size_t bytes) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t size = std::bit_ceil(std::max(bytes, page));
  BpfRing ring;
  FileDescriptor map = bpfCreateMap(BPF_MAP_TYPE_RINGBUF, 0, 0, static_cast<uint32_t>(size), "gwlb_ring");
  if (!map) return ring;
  ring.consumer_ = Mapping::shared(map.get(), 0, page, true);
  ring.producer_ = Mapping::shared(map.get(), static_cast<off_t>(page), page + 2 * size, false);
  if (!ring.consumer_ || !ring.producer_) return ring;
  ring.map_ = std::move(map);
  ring.mask_ = size - 1;
  return ring;
}

void BpfRing::read(const std::function<void(const uint8_t* data, size_t bytes)>& each) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  auto* consumer = static_cast<unsigned long*>(consumer_.data());
  auto* producer = static_cast<unsigned long*>(producer_.data());
  const auto* data = static_cast<const uint8_t*>(producer_.data()) + page;
  unsigned long at = *consumer;
  const unsigned long end = __atomic_load_n(producer, __ATOMIC_ACQUIRE);
  while (at < end) {
    const uint8_t* record = data + (at & mask_);
    const uint32_t head = __atomic_load_n(reinterpret_cast<const uint32_t*>(record), __ATOMIC_ACQUIRE);
    if ((head & BPF_RINGBUF_BUSY_BIT) != 0) break;
    const uint32_t bytes = head & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
    if ((head & BPF_RINGBUF_DISCARD_BIT) == 0) each(record + BPF_RINGBUF_HDR_SZ, bytes);
    at += (bytes + BPF_RINGBUF_HDR_SZ + 7) & ~7ul;
    __atomic_store_n(consumer, at, __ATOMIC_RELEASE);
  }
}

bool KernelCapture::createMaps(FileDescriptor& rings, FileDescriptor& samples, std::string& reason) {
  const auto page = static_cast<uint32_t>(::sysconf(_SC_PAGESIZE));
  // What the verifier takes for any ring that will be there.
  const FileDescriptor like = bpfCreateMap(BPF_MAP_TYPE_RINGBUF, 0, 0, page, "gwlb_ring");
  if (like) rings = bpfCreateMapOf(like.get(), "gwlb_rings");
  if (rings) samples = bpfCreateMap(BPF_MAP_TYPE_PERCPU_ARRAY, 4, sizeof(wire::samples), 1, "gwlb_samples");
  if (!samples) reason = std::string("bpf map: ") + std::strerror(errno);
  return static_cast<bool>(samples);
}

void KernelCapture::use(int rings, int samples, unsigned cpus, uint16_t port) {
  rings_ = rings;
  samples_ = samples;
  cpus_ = cpus;
  port_ = port;
}

bool KernelCapture::start(size_t ringBytes) {
  const std::lock_guard guard(mutex_);
  if (ring_) return true;
  BpfRing ring = BpfRing::open(ringBytes);
  const uint32_t zero = 0;
  const int map = ring.map();
  if (!ring || !bpfUpdate(rings_, &zero, &map)) return false;
  ring_ = std::move(ring);
  on_.store(true, std::memory_order_relaxed);
  return true;
}

void KernelCapture::stop() {
  const std::lock_guard guard(mutex_);
  const uint32_t zero = 0;
  if (ring_) bpfDelete(rings_, &zero);
  ring_ = BpfRing();
  on_.store(false, std::memory_order_relaxed);
}

void KernelCapture::read(uint32_t points, uint32_t snapBytes, uint16_t lane, std::vector<CaptureRecord>& out) {
  const std::lock_guard guard(mutex_);
  if (!ring_) return;
  const int64_t ahead = clockNs(CLOCK_REALTIME) - clockNs(CLOCK_MONOTONIC);
  ring_.read([&](const uint8_t* data, size_t bytes) {
    wire::capture_record head;
    if (bytes < sizeof head) return;
    std::memcpy(&head, data, sizeof head);
    const uint8_t* inner = data + sizeof head;
    const auto* geneve = reinterpret_cast<const uint8_t*>(head.geneve);
    const size_t kept = std::min<size_t>(head.kept, bytes - sizeof head);
    uint64_t eni;
    std::memcpy(&eni, geneve + 12, sizeof eni);
    for (unsigned point = kFirstPoint[head.is_sent & 1], last = point + 1; point <= last; ++point) {
      if ((points & (1u << point)) == 0) continue;
      CaptureRecord record{};
      record.point = static_cast<uint8_t>(point);
      record.lane = lane;
      record.eni = __builtin_bswap64(eni);
      record.timeNs = static_cast<uint64_t>(static_cast<int64_t>(head.time) + ahead);
      record.length = head.length;
      if (point == kOuterIn || point == kOuterOut) {
        record.length += GENEVE_BYTES;
        record.source = ntohl(head.outer_source);
        record.destination = ntohl(head.outer_destination);
        record.sourcePort = ntohs(head.source_port);
        record.destinationPort = port_;
        record.data.assign(geneve, geneve + GENEVE_BYTES);
      }
      record.data.insert(record.data.end(), inner, inner + kept);
      if (record.data.size() > snapBytes) record.data.resize(snapBytes);
      out.push_back(std::move(record));
    }
  });
}

uint64_t KernelCapture::dropped() const {
  const uint32_t zero = 0;
  std::vector<wire::samples> each(cpus_);
  uint64_t sum = 0;
  if (samples_ < 0 || !bpfLookup(samples_, &zero, each.data())) return 0;
  for (const wire::samples& one : each) sum += one.dropped;
  return sum;
}

}  // namespace geneve
