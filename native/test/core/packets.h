// Inner packets for tests: right checksums, chosen sequence numbers.
#pragma once
#include <cstdint>
#include <vector>

namespace testing {

struct PacketShape {
  bool ipv6 = false;
  bool tcp = false;
  uint16_t sourcePort = 1000, destinationPort = 2000;
  uint16_t identification = 1;
  bool dontFragment = false;
  uint32_t sequence = 1, acknowledgement = 1;
  uint8_t flags = 0x10;
  unsigned optionWords = 0;  ///< Of TCP.
  unsigned payload = 0;
};

std::vector<uint8_t> makePacket(const PacketShape& shape, uint64_t seed);
void fillChecksums(std::vector<uint8_t>& packet);

}  // namespace testing
