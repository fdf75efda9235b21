#include "icmp_error.h"

#include <algorithm>

#include "checksum.h"

namespace geneve {

bool mayAnswer(ConstBytes packet, const InnerPacket& parsed) {
  if (parsed.quoted || (parsed.fragment.present && parsed.fragment.offset != 0)) return false;
  if (parsed.version == 4) return (packet[16] & 0xf0) != 0xe0;
  return packet[24] != 0xff;
}

size_t buildTooBig(ConstBytes packet, const InnerPacket& parsed, uint32_t mtu, uint8_t* out) {
  const bool four = parsed.version == 4;
  const size_t header = four ? 20 : 40;
  // As much as fits 576 bytes (RFC 1812 section 4.3.2.3); IPv6 allows more, which nobody needs.
  const size_t quote = std::min<size_t>(packet.size(), 576 - header - 8);
  const size_t total = header + 8 + quote;
  std::memset(out, 0, header + 8);
  uint8_t* icmp = out + header;
  if (four) {
    out[0] = 0x45;
    store16(out + 2, static_cast<uint16_t>(total));
    out[8] = 64;
    out[9] = kIcmp;
    std::memcpy(out + 12, &packet[16], 4);
    std::memcpy(out + 16, &packet[12], 4);
    setIpv4Checksum({out, 20});
    icmp[0] = 3;
    icmp[1] = 4;
    store16(icmp + 6, static_cast<uint16_t>(std::min<uint32_t>(mtu, 65535)));
  } else {
    out[0] = 0x60;
    store16(out + 4, static_cast<uint16_t>(8 + quote));
    out[6] = kIcmp6;
    out[7] = 64;
    std::memcpy(out + 8, &packet[24], 16);
    std::memcpy(out + 24, &packet[8], 16);
    icmp[0] = 2;
    store32(icmp + 4, mtu);
  }
  std::memcpy(icmp + 8, packet.data(), quote);
  uint64_t sum = partialSum({icmp, 8 + quote});
  if (!four) sum += pseudoSum({out + 8, 16}, {out + 24, 16}, kIcmp6, static_cast<uint32_t>(8 + quote));
  store16(icmp + 2, finish(sum));
  return total;
}

}  // namespace geneve
