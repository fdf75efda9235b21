#include "flow_table.h"

#include <sched.h>

#include <algorithm>

namespace geneve {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// Lock-free stack of indices; `next(i)` is the link of i. The upper half of the head counts changes.
template <typename Next>
uint32_t pop(std::atomic<uint64_t>& head, Next next, uint32_t none) {
  uint64_t old = head.load(std::memory_order_acquire);
  while (static_cast<uint32_t>(old) != none) {
    const uint64_t rest = next(static_cast<uint32_t>(old)).load(kRelaxed);
    const uint64_t fresh = (((old >> 32) + 1) << 32) | static_cast<uint32_t>(rest);
    if (head.compare_exchange_weak(old, fresh, std::memory_order_acq_rel, std::memory_order_acquire))
      return static_cast<uint32_t>(old);
  }
  return none;
}

template <typename Link>
void push(std::atomic<uint64_t>& head, uint32_t index, Link& link) {
  uint64_t old = head.load(kRelaxed);
  do {
    link.store(static_cast<uint32_t>(old), kRelaxed);
  } while (!head.compare_exchange_weak(old, (((old >> 32) + 1) << 32) | index, std::memory_order_acq_rel, kRelaxed));
}

// One of the first `limit` indices that were never used, or `none`.
uint32_t fresh(std::atomic<uint32_t>& counter, size_t limit, uint32_t none) {
  uint32_t index = counter.load(kRelaxed);
  while (index < limit)
    if (counter.compare_exchange_weak(index, index + 1, kRelaxed)) return index;
  return none;
}

uint64_t packAddresses(const FlowValue& value) { return (uint64_t{value.outerSource} << 32) | value.outerDestination; }

uint64_t packPorts(const FlowValue& value) {
  return (uint64_t{value.sourcePort} << 48) | (uint64_t{value.destinationPort} << 32) | (uint64_t{value.isShared} << 24) |
         (uint64_t{value.dscp} << 16) | value.headerLength;
}

size_t wordsOf(uint16_t headerLength) { return (headerLength + 7u) / 8; }

}  // namespace

std::unique_ptr<FlowTable> FlowTable::create(size_t maxEntries, uint32_t idleTicks, uint64_t seed) {
  std::unique_ptr<FlowTable> table(new FlowTable);
  table->sets_ = std::max<size_t>(4, (maxEntries * 2 + kWays - 1) / kWays);
  table->capacity_ = maxEntries;
  table->chunks_ = std::max<size_t>(256, maxEntries / 64);
  table->idleTicks_ = idleTicks;
  table->seed_ = seed;
  table->indexMemory_ = Mapping::anonymous(table->sets_ * sizeof(Set));
  table->slabMemory_ = Mapping::anonymous(maxEntries * sizeof(Entry));
  table->poolMemory_ = Mapping::anonymous(table->chunks_ * kPoolWords * sizeof(Word));
  if (!table->indexMemory_ || !table->slabMemory_ || !table->poolMemory_) return nullptr;
  table->index_ = static_cast<Set*>(table->indexMemory_.data());
  table->slab_ = static_cast<Entry*>(table->slabMemory_.data());
  table->pool_ = static_cast<Word*>(table->poolMemory_.data());
  return table;
}

void FlowTable::prefetchSet(uint64_t hash) const {
  const auto* set = reinterpret_cast<const char*>(&index_[setOf(hash)]);
  __builtin_prefetch(set);
  __builtin_prefetch(set + 64);
  __builtin_prefetch(set + 128);
}

void FlowTable::prefetchEntry(uint64_t hash) const {
  const Set& set = index_[setOf(hash)];
  const uint32_t tag = tagOf(hash);
  for (unsigned way = 0; way < kWays; ++way) {
    if (set.tag[way].load(kRelaxed) != tag) continue;
    const auto* entry = reinterpret_cast<const char*>(&slab_[set.slot[way].load(kRelaxed)]);
    __builtin_prefetch(entry);
    __builtin_prefetch(entry + 64);
    return;
  }
}

void FlowTable::lock(Set& set) {
  for (unsigned spins = 0; set.lock.exchange(1, std::memory_order_acquire) != 0; ++spins)
    if (spins > 64) sched_yield();
}

FlowKey FlowTable::keyOf(uint32_t slot) const {
  FlowKey key;
  for (unsigned i = 0; i < 6; ++i) key.words[i] = slab_[slot].key[i].load(kRelaxed);
  return key;
}

// False when the entry is another key's, or was while it was read.
bool FlowTable::readEntry(uint32_t slot, const FlowKey& key, FlowValue& out) const {
  const Entry& entry = slab_[slot];
  for (;;) {
    const uint32_t before = entry.sequence.load(std::memory_order_acquire);
    if (before & 1) {
      sched_yield();
      continue;
    }
    if (keyOf(slot) != key) return false;
    const uint64_t addresses = entry.addresses.load(kRelaxed);
    const uint64_t ports = entry.ports.load(kRelaxed);
    out.outerSource = static_cast<uint32_t>(addresses >> 32);
    out.outerDestination = static_cast<uint32_t>(addresses);
    out.sourcePort = static_cast<uint16_t>(ports >> 48);
    out.destinationPort = static_cast<uint16_t>(ports >> 32);
    out.dscp = static_cast<uint8_t>(ports >> 16);
    out.isShared = (ports >> 24 & 1) != 0;
    out.headerLength = std::min<uint16_t>(static_cast<uint16_t>(ports), kGeneveLongest);
    const uint32_t chunk = entry.pool.load(kRelaxed);
    const bool pooled = out.headerLength > kInlineHeader && chunk < chunks_;
    const Word* header = pooled ? &pool_[size_t{chunk} * kPoolWords] : entry.header;
    const size_t words = pooled ? wordsOf(out.headerLength) : std::min<size_t>(wordsOf(out.headerLength), kInlineHeader / 8);
    for (size_t i = 0; i < words; ++i) {
      const uint64_t word = header[i].load(kRelaxed);
      std::memcpy(&out.header[8 * i], &word, 8);
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    if (entry.sequence.load(kRelaxed) == before) return true;
  }
}

// The quick test of the hot path: is exactly this stored already? A torn read can only say no, which the caller's
// locked path settles, or yes to a state that this key had a moment ago.
bool FlowTable::equals(uint32_t slot, const FlowKey& key, const FlowValue& value, bool& sameKey) const {
  const Entry& entry = slab_[slot];
  const uint32_t before = entry.sequence.load(std::memory_order_acquire);
  sameKey = keyOf(slot) == key;
  if (!sameKey || (before & 1)) return false;
  if (entry.addresses.load(kRelaxed) != packAddresses(value) || entry.ports.load(kRelaxed) != packPorts(value)) return false;
  const uint32_t chunk = entry.pool.load(kRelaxed);
  if (value.headerLength > kInlineHeader && chunk >= chunks_) return false;
  const Word* header = value.headerLength > kInlineHeader ? &pool_[size_t{chunk} * kPoolWords] : entry.header;
  for (size_t i = 0, words = wordsOf(value.headerLength); i < words; ++i)
    if (header[i].load(kRelaxed) != loadWord(&value.header[8 * i])) return false;
  std::atomic_thread_fence(std::memory_order_acquire);
  return entry.sequence.load(kRelaxed) == before;
}

// Under the set's lock. False when the header needs a chunk and there is none: the entry is left as it was.
bool FlowTable::writeEntry(uint32_t slot, const FlowKey& key, const FlowValue& value) {
  Entry& entry = slab_[slot];
  const bool hadChunk = static_cast<uint16_t>(entry.ports.load(kRelaxed)) > kInlineHeader;
  const bool needsChunk = value.headerLength > kInlineHeader;
  uint32_t chunk = hadChunk ? entry.pool.load(kRelaxed) : kNoSlot;
  const uint32_t unused = hadChunk && !needsChunk ? chunk : kNoSlot;
  if (needsChunk && !hadChunk && (chunk = takeChunk()) == kNoSlot) return false;

  const uint32_t sequence = entry.sequence.load(kRelaxed);
  entry.sequence.store(sequence + 1, kRelaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (unsigned i = 0; i < 6; ++i) entry.key[i].store(key.words[i], kRelaxed);
  entry.addresses.store(packAddresses(value), kRelaxed);
  entry.ports.store(packPorts(value), kRelaxed);
  entry.pool.store(needsChunk ? chunk : kNoSlot, kRelaxed);
  Word* header = needsChunk ? &pool_[size_t{chunk} * kPoolWords] : entry.header;
  for (size_t i = 0, words = wordsOf(value.headerLength); i < words; ++i)
    header[i].store(loadWord(&value.header[8 * i]), kRelaxed);
  entry.sequence.store(sequence + 2, std::memory_order_release);
  if (unused != kNoSlot) giveChunk(unused);
  return true;
}

int FlowTable::findWay(const Set& set, const FlowKey& key, uint64_t hash) const {
  const uint32_t tag = tagOf(hash);
  for (unsigned way = 0; way < kWays; ++way)
    if (set.tag[way].load(std::memory_order_acquire) == tag && keyOf(set.slot[way].load(kRelaxed)) == key)
      return static_cast<int>(way);
  return -1;
}

int FlowTable::oldestWay(const Set& set) {
  int oldest = -1;
  for (unsigned way = 0; way < kWays; ++way) {
    if (set.tag[way].load(kRelaxed) == 0) continue;
    if (oldest < 0 || static_cast<int32_t>(set.seen[way].load(kRelaxed) - set.seen[oldest].load(kRelaxed)) < 0)
      oldest = static_cast<int>(way);
  }
  return oldest;
}

Stored FlowTable::store(const FlowKey& key, uint64_t hash, const FlowValue& value, uint32_t now, FlowLoss& lost, bool& hasLoss) {
  Set& set = index_[setOf(hash)];
  const uint32_t tag = tagOf(hash);
  hasLoss = false;
  for (unsigned way = 0; way < kWays; ++way) {
    if (set.tag[way].load(std::memory_order_acquire) != tag) continue;
    bool sameKey;
    if (equals(set.slot[way].load(kRelaxed), key, value, sameKey)) {
      if (set.seen[way].load(kRelaxed) != now) set.seen[way].store(now, kRelaxed);
      return Stored::kUnchanged;
    }
    if (sameKey) break;
  }

  lock(set);
  int way = findWay(set, key, hash);
  if (way >= 0) {
    const bool written = writeEntry(set.slot[way].load(kRelaxed), key, value);
    set.seen[way].store(now, kRelaxed);
    unlock(set);
    return written ? Stored::kUpdated : Stored::kNoRoom;
  }
  uint32_t slot = kNoSlot;
  if (set.used.load(kRelaxed) < kWays) {
    slot = takeSlot();
    if (slot == kNoSlot) {
      // The slab is used up: the oldest entry hereabouts gives way. Only one lock is held at a time, so that two lanes
      // cannot wait for each other.
      unlock(set);
      slot = evictNear(setOf(hash), now, lost);
      hasLoss = slot != kNoSlot;
      lock(set);
      // Another lane may have been here meanwhile.
      way = findWay(set, key, hash);
      if (way >= 0) {
        if (slot != kNoSlot) giveSlot(slot);
        const bool written = writeEntry(set.slot[way].load(kRelaxed), key, value);
        set.seen[way].store(now, kRelaxed);
        unlock(set);
        return written ? Stored::kUpdated : Stored::kNoRoom;
      }
      if (slot == kNoSlot || set.used.load(kRelaxed) == kWays) {
        if (slot != kNoSlot) giveSlot(slot);
        unlock(set);
        return Stored::kNoRoom;
      }
    }
    for (way = 0; set.tag[way].load(kRelaxed) != 0;) ++way;
  }
  if (slot == kNoSlot) {
    way = oldestWay(set);
    const uint32_t seen = set.seen[way].load(kRelaxed);
    lost = {keyOf(set.slot[way].load(kRelaxed)), !isIdle(seen, now)};
    hasLoss = true;
    slot = detach(set, static_cast<unsigned>(way));
  }
  if (!writeEntry(slot, key, value)) {
    giveSlot(slot);
    unlock(set);
    return Stored::kNoRoom;
  }
  set.slot[way].store(slot, kRelaxed);
  set.seen[way].store(now, kRelaxed);
  set.tag[way].store(tag, std::memory_order_release);
  set.used.store(set.used.load(kRelaxed) + 1, kRelaxed);
  size_.fetch_add(1, kRelaxed);
  unlock(set);
  return Stored::kInserted;
}

bool FlowTable::find(const FlowKey& key, uint64_t hash, uint32_t now, uint32_t maxAgeTicks, FlowValue& out) {
  Set& set = index_[setOf(hash)];
  const uint32_t tag = tagOf(hash);
  for (unsigned way = 0; way < kWays; ++way) {
    if (set.tag[way].load(std::memory_order_acquire) != tag) continue;
    if (!readEntry(set.slot[way].load(kRelaxed), key, out)) continue;
    const uint32_t seen = set.seen[way].load(kRelaxed);
    if (static_cast<int32_t>(now - seen) > static_cast<int32_t>(maxAgeTicks)) return false;
    if (seen != now) set.seen[way].store(now, kRelaxed);
    return true;
  }
  return false;
}

// Under the set's lock. The key is overwritten too, so that a reader that still holds the slot finds nothing.
uint32_t FlowTable::detach(Set& set, unsigned way) {
  const uint32_t slot = set.slot[way].load(kRelaxed);
  set.tag[way].store(0, std::memory_order_release);
  set.used.store(set.used.load(kRelaxed) - 1, kRelaxed);
  Entry& entry = slab_[slot];
  const bool hadChunk = static_cast<uint16_t>(entry.ports.load(kRelaxed)) > kInlineHeader;
  const uint32_t chunk = entry.pool.load(kRelaxed);
  const uint32_t sequence = entry.sequence.load(kRelaxed);
  entry.sequence.store(sequence + 1, kRelaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (auto& word : entry.key) word.store(0, kRelaxed);
  entry.ports.store(0, kRelaxed);
  entry.sequence.store(sequence + 2, std::memory_order_release);
  if (hadChunk) giveChunk(chunk);
  size_.fetch_sub(1, kRelaxed);
  return slot;
}

// The oldest of a few sets, so that a set with few entries does not lose one that was stored a moment ago.
uint32_t FlowTable::evictNear(size_t set, uint32_t now, FlowLoss& lost) {
  size_t victim = sets_;
  uint32_t victimSeen = 0;
  for (size_t step = 0; step < sets_ && (step < kSetsNear || victim == sets_); ++step) {
    const size_t at = (set + step) % sets_;
    const int way = oldestWay(index_[at]);
    if (way < 0) continue;
    const uint32_t seen = index_[at].seen[way].load(kRelaxed);
    if (victim != sets_ && static_cast<int32_t>(seen - victimSeen) >= 0) continue;
    victim = at;
    victimSeen = seen;
  }
  if (victim == sets_) return kNoSlot;
  Set& other = index_[victim];
  lock(other);
  const int way = oldestWay(other);
  if (way < 0) {
    unlock(other);
    return kNoSlot;
  }
  lost = {keyOf(other.slot[way].load(kRelaxed)), !isIdle(other.seen[way].load(kRelaxed), now)};
  const uint32_t slot = detach(other, static_cast<unsigned>(way));
  unlock(other);
  return slot;
}

uint32_t FlowTable::takeSlot() {
  const uint32_t slot = pop(freeSlots_, [this](uint32_t i) -> std::atomic<uint32_t>& { return slab_[i].pool; }, kNoSlot);
  return slot != kNoSlot ? slot : fresh(freshSlots_, capacity_, kNoSlot);
}

void FlowTable::giveSlot(uint32_t slot) { push(freeSlots_, slot, slab_[slot].pool); }

uint32_t FlowTable::takeChunk() {
  const uint32_t chunk = pop(freeChunks_, [this](uint32_t i) -> Word& { return pool_[size_t{i} * kPoolWords]; }, kNoSlot);
  return chunk != kNoSlot ? chunk : fresh(freshChunks_, chunks_, kNoSlot);
}

void FlowTable::giveChunk(uint32_t chunk) { push(freeChunks_, chunk, pool_[size_t{chunk} * kPoolWords]); }

}  // namespace geneve
