#include "flow_table.h"

#include <pthread.h>

#include <cstring>
#include <map>

#include "capture_ring.h"
#include "runner.h"

using namespace geneve;
using namespace testing;

namespace {

FlowKey keyOf(uint64_t n, uint32_t endpoint = 1) {
  return {{n * 0x9e3779b97f4a7c15, n, ~n, n << 7, n ^ 0x1234, (uint64_t{endpoint} << 32) | (1u << 16) | (4u << 8) | 17}};
}

// Every byte follows from the number, so that a mixture of two values shows.
FlowValue valueOf(uint64_t n, uint16_t length) {
  FlowValue value{};
  value.outerSource = static_cast<uint32_t>(n);
  value.outerDestination = static_cast<uint32_t>(n * 3);
  value.sourcePort = static_cast<uint16_t>(n * 5);
  value.destinationPort = 6081;
  value.dscp = static_cast<uint8_t>(n * 7);
  value.headerLength = length;
  for (unsigned i = 0; i < length; ++i) value.header[i] = static_cast<uint8_t>(n * 11 + i);
  return value;
}

bool isValueOf(const FlowValue& value, uint64_t n) {
  const FlowValue wanted = valueOf(n, value.headerLength);
  return value.outerSource == wanted.outerSource && value.outerDestination == wanted.outerDestination &&
         value.sourcePort == wanted.sourcePort && value.dscp == wanted.dscp &&
         std::memcmp(value.header, wanted.header, value.headerLength) == 0;
}

uint16_t lengthOf(uint64_t n) { return static_cast<uint16_t>(n % 5 == 0 ? 8 + 4 * (n % 64) : 40); }

Stored put(FlowTable& table, uint64_t n, uint64_t version, uint32_t now, FlowLoss& loss, bool& hasLoss) {
  const FlowKey key = keyOf(n);
  return table.store(key, table.hash(key), valueOf(version, lengthOf(version)), now, loss, hasLoss);
}

bool get(FlowTable& table, uint64_t n, uint32_t now, FlowValue& out) {
  const FlowKey key = keyOf(n);
  return table.find(key, table.hash(key), now, table.idleTicks(), out);
}

}  // namespace

TEST(flow_table_follows_a_model) {
  // Room for every long header of the model too.
  const auto table = FlowTable::create(64'000, 100, draw());
  std::map<uint64_t, std::pair<uint64_t, uint32_t>> model;
  uint32_t now = 1000;
  for (unsigned step = 0; step < 100'000 * factor(); ++step) {
    const uint64_t n = draw(3000);
    FlowLoss loss{};
    bool hasLoss = false;
    switch (draw(8)) {
      case 0: case 1: case 2: case 3: {
        const uint64_t version = draw(50);
        const bool known = model.contains(n);
        const Stored stored = put(*table, n, version, now, loss, hasLoss);
        CHECK(stored != Stored::kNoRoom);
        CHECK(known == (stored != Stored::kInserted));
        if (hasLoss) {
          // 15 ways can overflow by chance; then the table says who left.
          for (auto at = model.begin(); at != model.end(); ++at)
            if (keyOf(at->first) == loss.key) { model.erase(at); break; }
        }
        model[n] = {version, now};
        break;
      }
      case 4: case 5: case 6: {
        FlowValue value;
        const auto known = model.find(n);
        const bool wanted = known != model.end() && now - known->second.second <= 100;
        CHECK(get(*table, n, now, value) == wanted);
        if (wanted) {
          CHECK(isValueOf(value, known->second.first));
          CHECK(value.headerLength == lengthOf(known->second.first));
          known->second.second = now;
        }
        break;
      }
      default:
        if (draw(200) != 0) break;
        now += static_cast<uint32_t>(draw(60));
        table->sweep(0, table->sets(), now, [](uint32_t) { return false; }, [&](const FlowLoss& gone) {
          size_t erased = 0;
          for (auto at = model.begin(); at != model.end();) {
            const bool same = keyOf(at->first) == gone.key;
            if (same) CHECK(now - at->second.second > 100);
            at = same ? (++erased, model.erase(at)) : std::next(at);
          }
          CHECK(erased == 1);
        });
    }
    if (step % 1000 == 0) CHECK(table->size() == model.size());
  }
}

TEST(flow_table_is_bounded_and_the_oldest_gives_way) {
  const auto table = FlowTable::create(1000, 1000, draw());
  FlowLoss loss{};
  bool hasLoss = false;
  unsigned losses = 0;
  for (uint64_t n = 0; n < 50'000; ++n) {
    const Stored stored = put(*table, n, n, static_cast<uint32_t>(n / 10), loss, hasLoss);
    CHECK(stored == Stored::kInserted);
    losses += hasLoss;
    CHECK(table->size() <= 1000);
    FlowValue value;
    CHECK(get(*table, n, static_cast<uint32_t>(n / 10), value) && isValueOf(value, n));
    // What was stored a moment ago is still there: its packet has not come back yet.
    for (uint64_t recent = n < 50 ? 0 : n - 50; recent < n; recent += 7)
      CHECK(get(*table, recent, static_cast<uint32_t>(n / 10), value) && isValueOf(value, recent));
  }
  CHECK(table->size() + losses == 50'000);
  CHECK(table->size() > 900);
}

TEST(flow_table_gives_long_header_chunks_back) {
  const auto table = FlowTable::create(100, 1000, draw());
  FlowLoss loss{};
  bool hasLoss = false;
  const FlowKey key = keyOf(1);
  for (unsigned round = 0; round < 10'000; ++round) {
    const uint16_t length = round % 2 == 0 ? 260 : 40;
    CHECK(table->store(key, table->hash(key), valueOf(round, length), round, loss, hasLoss) != Stored::kNoRoom);
    FlowValue value;
    CHECK(table->find(key, table->hash(key), round, 10, value) && value.headerLength == length && isValueOf(value, round));
    if (round % 10 == 9) table->sweep(0, table->sets(), round, [](uint32_t) { return true; }, [](const FlowLoss&) {});
  }
}

TEST(flow_table_removes_an_endpoint) {
  const auto table = FlowTable::create(1000, 1000, draw());
  FlowLoss loss{};
  bool hasLoss = false;
  for (uint64_t n = 0; n < 400; ++n) {
    const FlowKey key = keyOf(n, n % 2 == 0 ? 1 : 2);
    table->store(key, table->hash(key), valueOf(n, 40), 1, loss, hasLoss);
  }
  unsigned removed = 0;
  table->sweep(0, table->sets(), 1, [](uint32_t endpoint) { return endpoint == 1; }, [&](const FlowLoss& gone) {
    CHECK(endpointOf(gone.key) == 1);
    removed++;
  });
  CHECK(removed == 200 && table->size() == 200);
}

namespace {

struct Shared {
  FlowTable* table;
  unsigned steps;
  std::atomic<unsigned> wrong{0}, found{0};
};

struct Worker {
  Shared* shared;
  uint64_t seed;
  bool sweeper;
};

// Values of a key are its number plus a multiple of 65536, so a reader can tell whose value it got.
void* work(void* argument) {
  auto& worker = *static_cast<Worker*>(argument);
  Shared& shared = *worker.shared;
  FlowTable& table = *shared.table;
  uint64_t state = worker.seed;
  const auto next = [&state] { return (state = state * 6364136223846793005 + 1442695040888963407) >> 33; };
  for (unsigned step = 0; step < shared.steps; ++step) {
    const uint64_t n = next() % 512;
    const FlowKey key = keyOf(n);
    const uint32_t now = step / 1000;
    if (worker.sweeper) {
      table.sweep(next() % table.sets(), 4, now, [&](uint32_t) { return next() % 4 == 0; }, [](const FlowLoss&) {});
    } else if (next() % 2 == 0) {
      FlowLoss loss;
      bool hasLoss;
      const uint64_t version = n + 65536 * (next() % 3);
      table.store(key, table.hash(key), valueOf(version, next() % 4 == 0 ? 260 : 40), now, loss, hasLoss);
    } else {
      FlowValue value;
      if (!table.find(key, table.hash(key), now, 1'000'000, value)) continue;
      shared.found.fetch_add(1, std::memory_order_relaxed);
      if (value.outerSource % 65536 != n || !isValueOf(value, value.outerSource)) shared.wrong.fetch_add(1);
    }
  }
  return nullptr;
}

}  // namespace

TEST(flow_table_under_threads_never_mixes_values) {
  // Few entries for many keys: slots and chunks move between keys all the time.
  const auto table = FlowTable::create(300, 1'000'000, draw());
  Shared shared{table.get(), 60'000 * factor()};
  pthread_t threads[4];
  Worker workers[4];
  for (unsigned i = 0; i < 4; ++i) {
    workers[i] = {&shared, draw(), i == 3};
    pthread_create(&threads[i], nullptr, work, &workers[i]);
  }
  for (auto& thread : threads) pthread_join(thread, nullptr);
  CHECK(shared.wrong == 0);
  CHECK(shared.found > 1000);
  CHECK(table->size() <= 300);
}

TEST(capture_ring_keeps_records_whole) {
  static CaptureRing ring;
  CHECK(ring.allocate(4096));
  pthread_t thread;
  static std::atomic<bool> done{false};
  pthread_create(&thread, nullptr, [](void*) -> void* {
    std::vector<uint8_t> packet(900);
    for (uint32_t n = 0; n < 20'000; ++n) {
      for (auto& byte : packet) byte = static_cast<uint8_t>(n);
      CaptureRecord record{};
      record.eni = n;
      ring.write(std::move(record), {packet.data(), n % 900}, 300);
    }
    done = true;
    return nullptr;
  }, nullptr);
  uint64_t read = 0;
  for (bool last = false; !last;) {
    last = done;
    std::vector<CaptureRecord> records;
    ring.read(records);
    for (const auto& record : records) {
      CHECK(record.length == record.eni % 900);
      CHECK(record.data.size() == std::min<size_t>(record.length, 300));
      for (const uint8_t byte : record.data) CHECK(byte == static_cast<uint8_t>(record.eni));
    }
    read += records.size();
  }
  pthread_join(thread, nullptr);
  CHECK(read + ring.dropped() == 20'000);
}
