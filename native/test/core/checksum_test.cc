#include "checksum.h"

#include <memory>

#include "runner.h"

using namespace geneve;

namespace {

uint16_t slow(const uint8_t* data, size_t length) {
  uint32_t sum = 0;
  for (size_t i = 0; i < length; ++i) {
    sum += static_cast<uint32_t>(data[i]) << (i % 2 == 0 ? 8 : 0);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<uint16_t>(sum);
}

// 0 and 0xffff are one value in one's complement.
uint16_t one(uint16_t value) { return value == 0xffff ? 0 : value; }

}  // namespace

TEST(checksum_fast_is_slow_for_every_length) {
  for (size_t length = 0; length <= 9001; ++length) {
    const auto data = std::make_unique<uint8_t[]>(length);
    for (size_t i = 0; i < length; ++i) data[i] = static_cast<uint8_t>(testing::draw());
    CHECK_FOR(one(fold(partialSum({data.get(), length}))) == one(slow(data.get(), length)), std::to_string(length));
  }
}

TEST(checksum_of_extremes) {
  for (const uint8_t value : {0x00, 0xff}) {
    for (const size_t length : {0u, 1u, 2u, 63u, 64u, 65u, 65534u, 65535u}) {
      const std::vector<uint8_t> data(length, value);
      CHECK(one(fold(partialSum(data))) == one(slow(data.data(), length)));
    }
  }
}

TEST(checksum_at_every_alignment) {
  std::vector<uint8_t> data(300);
  for (auto& byte : data) byte = static_cast<uint8_t>(testing::draw());
  for (size_t from = 0; from < 70; ++from)
    for (size_t to = from; to < data.size(); to += 7)
      CHECK(one(fold(partialSum({&data[from], to - from}))) == one(slow(&data[from], to - from)));
}
