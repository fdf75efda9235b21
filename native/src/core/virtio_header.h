// The virtio network header that tun and packet sockets speak (linux/virtio_net.h, the ten-byte form, native order),
// with constants newer than the headers of the build machine.
#pragma once
#include <cstdint>

namespace geneve {

struct VirtioHeader {
  uint8_t flags;
  uint8_t gsoType;
  uint16_t headerLength;
  uint16_t gsoSize;
  uint16_t checksumStart;
  uint16_t checksumOffset;
};
static_assert(sizeof(VirtioHeader) == 10);

inline constexpr uint8_t kVirtioNeedsChecksum = 1;
inline constexpr uint8_t kGsoNone = 0;
inline constexpr uint8_t kGsoTcp4 = 1;
inline constexpr uint8_t kGsoTcp6 = 4;
inline constexpr uint8_t kGsoUdp = 5;  ///< VIRTIO_NET_HDR_GSO_UDP_L4, Linux 6.2.
inline constexpr uint8_t kGsoEcn = 0x80;

inline constexpr unsigned kTunOffloadChecksum = 0x01;
inline constexpr unsigned kTunOffloadTso4 = 0x02;
inline constexpr unsigned kTunOffloadTso6 = 0x04;
inline constexpr unsigned kTunOffloadTsoEcn = 0x08;
inline constexpr unsigned kTunOffloadUso4 = 0x20;  ///< Linux 6.2.
inline constexpr unsigned kTunOffloadUso6 = 0x40;

}  // namespace geneve
