#include "packets.h"

#include <cstring>

#include "bytes.h"

namespace testing {
namespace {

// The slow and obvious sum of RFC 1071.
uint16_t slowSum(const std::vector<uint8_t>& data) {
  uint32_t sum = 0;
  for (size_t i = 0; i < data.size(); i += 2) {
    sum += static_cast<uint32_t>(data[i]) << 8;
    if (i + 1 < data.size()) sum += data[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<uint16_t>(~sum);
}

}  // namespace

void fillChecksums(std::vector<uint8_t>& packet) {
  using namespace geneve;
  const bool six = packet[0] >> 4 == 6;
  const size_t header = six ? 40 : 20, address = six ? 16 : 4;
  const uint8_t protocol = six ? packet[6] : packet[9];
  const size_t field = header + (protocol == 6 ? 16 : 6);
  if (!six) {
    store16(&packet[10], 0);
    store16(&packet[10], slowSum({packet.begin(), packet.begin() + 20}));
  }
  store16(&packet[field], 0);
  std::vector<uint8_t> pseudo(packet.begin() + static_cast<ptrdiff_t>(header - 2 * address), packet.begin() + static_cast<ptrdiff_t>(header));
  const auto length = static_cast<uint16_t>(packet.size() - header);
  pseudo.insert(pseudo.end(), {0, protocol, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)});
  pseudo.insert(pseudo.end(), packet.begin() + static_cast<ptrdiff_t>(header), packet.end());
  const uint16_t value = slowSum(pseudo);
  store16(&packet[field], protocol == 17 && value == 0 ? 0xffff : value);
}

std::vector<uint8_t> makePacket(const PacketShape& shape, uint64_t seed) {
  using namespace geneve;
  const size_t header = shape.ipv6 ? 40 : 20;
  const size_t transport = shape.tcp ? 20 + 4 * shape.optionWords : 8;
  std::vector<uint8_t> packet(header + transport + shape.payload);
  if (shape.ipv6) {
    packet[0] = 0x60;
    store16(&packet[4], static_cast<uint16_t>(packet.size() - 40));
    packet[6] = shape.tcp ? 6 : 17;
    packet[7] = 60;
    packet[23] = 1;
    packet[39] = 2;
    packet[8] = packet[24] = 0x20;
  } else {
    packet[0] = 0x45;
    store16(&packet[2], static_cast<uint16_t>(packet.size()));
    store16(&packet[4], shape.identification);
    packet[6] = shape.dontFragment ? 0x40 : 0;
    packet[8] = 60;
    packet[9] = shape.tcp ? 6 : 17;
    store32(&packet[12], 0xc0000201);
    store32(&packet[16], 0xc6336402);
  }
  uint8_t* at = &packet[header];
  store16(at, shape.sourcePort);
  store16(at + 2, shape.destinationPort);
  if (shape.tcp) {
    store32(at + 4, shape.sequence);
    store32(at + 8, shape.acknowledgement);
    at[12] = static_cast<uint8_t>((5 + shape.optionWords) << 4);
    at[13] = shape.flags;
    store16(at + 14, 512);
    for (unsigned i = 0; i < 4 * shape.optionWords; ++i) at[20 + i] = 1;
  } else {
    store16(at + 4, static_cast<uint16_t>(8 + shape.payload));
  }
  for (unsigned i = 0; i < shape.payload; ++i) at[transport + i] = static_cast<uint8_t>((seed = seed * 6364136223846793005 + 1442695040888963407) >> 56);
  fillChecksums(packet);
  return packet;
}

}  // namespace testing
