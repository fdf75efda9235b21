// Flow key -> the Geneve header and outer addresses last received with it. One table for all lanes.
//
// Memory is fixed at creation: an index of sets of 15 ways and a dense slab of entries, both reserved at once and
// touched as they fill. When the slab is used up, the entry seen longest ago in the new key's set and the three after it
// gives way; when the set alone is full, the one of that set.
//
// Invariants:
// - Readers take no lock. An entry's words are written only while its sequence is odd; a reader that saw another or
//   an odd sequence afterwards reads again. All words are atomic, so that a torn read is merely discarded.
// - Writers of one set exclude each other by that set's lock, and a slab slot belongs to exactly one way of one set
//   or to the free list. A packet that brings nothing new writes nothing but, once a second, its time.
#pragma once
#include <atomic>
#include <cstddef>
#include <memory>

#include "flow_key.h"
#include "geneve_header.h"
#include "mapping.h"

namespace geneve {

struct FlowValue {
  uint32_t outerSource;  ///< As received, network order; the return swaps them.
  uint32_t outerDestination;
  uint16_t sourcePort;  ///< Network order.
  uint16_t destinationPort;
  uint8_t dscp;  ///< The upper six bits of TOS, in place.
  bool isShared = false;  ///< Of an address pair: flows with other headers have it too.
  uint16_t headerLength;
  /// Whole words are copied in both directions: the array has room for the last one.
  alignas(8) uint8_t header[kGeneveLongest + 4];
};

/// Times are kept in ticks: fine enough to tell the older of two busy flows, coarse enough that a busy flow seldom writes.
inline constexpr uint64_t kTickMs = 64;
inline constexpr uint32_t ticksOf(uint64_t milliseconds) { return static_cast<uint32_t>(milliseconds / kTickMs); }

enum class Stored : uint8_t { kUnchanged, kUpdated, kInserted, kNoRoom };

/// Told about entries that leave by time or for want of room.
struct FlowLoss {
  FlowKey key;
  bool evicted;  ///< Else timed out or removed with its endpoint.
};

class FlowTable {
 public:
  /// Null when the memory cannot be had.
  static std::unique_ptr<FlowTable> create(size_t maxEntries, uint32_t idleTicks, uint64_t seed);

  uint64_t hash(const FlowKey& key) const { return hashKey(key, seed_); }
  void prefetchSet(uint64_t hash) const;
  void prefetchEntry(uint64_t hash) const;

  /// `lost` is filled and true returned through `hasLoss` when an entry had to leave.
  Stored store(const FlowKey& key, uint64_t hash, const FlowValue& value, uint32_t now, FlowLoss& lost, bool& hasLoss);

  /// Copies the value out and marks the entry as seen. Entries not seen for `maxAgeTicks` are not found.
  bool find(const FlowKey& key, uint64_t hash, uint32_t now, uint32_t maxAgeTicks, FlowValue& out);

  /// Removes idle entries and those of which `gone(endpoint)` is true, from `count` sets on; `lost(FlowLoss)` for each.
  /// `seenSince(key, ticks)` is asked for entries at rest whether somebody else saw them later, and when.
  template <typename Gone, typename Lost, typename SeenSince>
  void sweep(size_t firstSet, size_t count, uint32_t now, Gone gone, Lost lost, SeenSince seenSince) {
    for (size_t set = firstSet; set < firstSet + count && set < sets_; ++set) {
      Set& ways = index_[set];
      if (ways.used.load(std::memory_order_relaxed) == 0) continue;
      lock(ways);
      for (unsigned way = 0; way < kWays; ++way) {
        if (ways.tag[way].load(std::memory_order_relaxed) == 0) continue;
        const FlowKey key = keyOf(ways.slot[way].load(std::memory_order_relaxed));
        uint32_t seen = ways.seen[way].load(std::memory_order_relaxed);
        // Long before it is idle, so that no packet finds it so in between two sweeps.
        if (static_cast<int32_t>(now - seen) > static_cast<int32_t>(idleTicks_ / 2) && seenSince(key, seen))
          ways.seen[way].store(seen, std::memory_order_relaxed);
        if (!isIdle(ways.seen[way].load(std::memory_order_relaxed), now) && !gone(endpointOf(key))) continue;
        release(ways, way);
        lost(FlowLoss{key, false});
      }
      unlock(ways);
    }
  }

  template <typename Gone, typename Lost>
  void sweep(size_t firstSet, size_t count, uint32_t now, Gone gone, Lost lost) {
    sweep(firstSet, count, now, gone, lost, [](const FlowKey&, uint32_t&) { return false; });
  }

  size_t sets() const { return sets_; }
  size_t size() const { return size_.load(std::memory_order_relaxed); }
  size_t capacity() const { return capacity_; }
  size_t bytes() const { return indexMemory_.size() + slabMemory_.size() + poolMemory_.size(); }
  uint32_t idleTicks() const { return idleTicks_; }

 private:
  static constexpr unsigned kWays = 15;
  static constexpr unsigned kSetsNear = 4;
  static constexpr unsigned kInlineHeader = 56;
  static constexpr unsigned kPoolWords = (kGeneveLongest + 7) / 8;
  static constexpr uint32_t kNoSlot = 0xffffffff;
  using Word = std::atomic<uint64_t>;

  struct alignas(64) Set {
    std::atomic<uint32_t> tag[kWays];  ///< 0: the way is free.
    std::atomic<uint32_t> lock;
    std::atomic<uint32_t> slot[kWays];
    std::atomic<uint32_t> used;
    std::atomic<uint32_t> seen[kWays];
    uint32_t padding;
  };
  static_assert(sizeof(Set) == 192);

  struct alignas(64) Entry {
    std::atomic<uint32_t> sequence;
    std::atomic<uint32_t> pool;  ///< Chunk of a header longer than kInlineHeader; else the next free slot.
    Word key[6];
    Word addresses;
    Word ports;  ///< Source, destination, dscp, header length.
    Word header[kInlineHeader / 8];
  };
  static_assert(sizeof(Entry) == 128);

  FlowTable() = default;
  size_t setOf(uint64_t hash) const { return static_cast<size_t>((static_cast<unsigned __int128>(hash) * sets_) >> 64); }
  static uint32_t tagOf(uint64_t hash) { return static_cast<uint32_t>(hash) | 1; }
  bool isIdle(uint32_t seen, uint32_t now) const { return static_cast<int32_t>(now - seen) > static_cast<int32_t>(idleTicks_); }

  static void lock(Set& set);
  static void unlock(Set& set) { set.lock.store(0, std::memory_order_release); }
  FlowKey keyOf(uint32_t slot) const;
  bool readEntry(uint32_t slot, const FlowKey& key, FlowValue& out) const;
  bool equals(uint32_t slot, const FlowKey& key, const FlowValue& value, bool& sameKey) const;
  bool writeEntry(uint32_t slot, const FlowKey& key, const FlowValue& value);
  int findWay(const Set& set, const FlowKey& key, uint64_t hash) const;
  static int oldestWay(const Set& set);
  /// The entry is gone; its slot is the caller's.
  uint32_t detach(Set& set, unsigned way);
  void release(Set& set, unsigned way) { giveSlot(detach(set, way)); }
  uint32_t takeSlot();
  void giveSlot(uint32_t slot);
  uint32_t takeChunk();
  void giveChunk(uint32_t chunk);
  uint32_t evictNear(size_t set, uint32_t now, FlowLoss& lost);

  Mapping indexMemory_, slabMemory_, poolMemory_;
  Set* index_ = nullptr;
  Entry* slab_ = nullptr;
  Word* pool_ = nullptr;
  size_t sets_ = 0;
  size_t capacity_ = 0;
  size_t chunks_ = 0;
  uint32_t idleTicks_ = 0;
  uint64_t seed_ = 0;
  alignas(64) std::atomic<size_t> size_{0};
  std::atomic<uint64_t> freeSlots_{kNoSlot};  ///< Version in the upper half against ABA.
  std::atomic<uint32_t> freshSlots_{0};
  std::atomic<uint64_t> freeChunks_{kNoSlot};
  std::atomic<uint32_t> freshChunks_{0};
};

}  // namespace geneve
