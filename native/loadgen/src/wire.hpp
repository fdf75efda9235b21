// Byte order, checksums, packet sockets and tun queues: what the tools of this folder share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

inline void put16(uint8_t* at, uint32_t value) {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}
inline void put32(uint8_t* at, uint32_t value) {
  put16(at, value >> 16);
  put16(at + 2, value & 0xffff);
}
inline void put64(uint8_t* at, uint64_t value) {
  put32(at, static_cast<uint32_t>(value >> 32));
  put32(at + 4, static_cast<uint32_t>(value));
}
inline uint32_t get16(const uint8_t* at) { return static_cast<uint32_t>(at[0] << 8 | at[1]); }
inline uint32_t get32(const uint8_t* at) { return get16(at) << 16 | get16(at + 2); }
inline uint64_t get64(const uint8_t* at) { return static_cast<uint64_t>(get32(at)) << 32 | get32(at + 4); }

/** Running sum of big-endian 16-bit words (RFC 1071), not folded; `length` may be odd. */
uint64_t sumWords(const uint8_t* bytes, size_t length, uint64_t sum = 0);
/** The value for a checksum field. */
uint16_t foldChecksum(uint64_t sum);

uint64_t nanoseconds();

constexpr uint16_t genevePort = 6081;

/** struct virtio_net_hdr of linux/virtio_net.h, which has a member called `class` and so cannot be included here. */
struct OffloadHeader {
  uint8_t flags = 0;
  uint8_t gsoType = 0;
  uint16_t headerLength = 0;
  uint16_t gsoSize = 0;
  uint16_t checksumStart = 0;
  uint16_t checksumOffset = 0;
};
static_assert(sizeof(OffloadHeader) == 10);
constexpr uint8_t offloadNeedsChecksum = 1;
constexpr uint8_t offloadUdpSegments = 5;  // VIRTIO_NET_HDR_GSO_UDP_L4, Linux 6.2

using Mac = std::array<uint8_t, 6>;

struct Interface {
  int index = 0;
  Mac mac{};
  uint32_t address = 0;  // host order, first IPv4 address
};
Interface lookUpInterface(const std::string& name);
/** Asks the kernel to resolve a neighbour and returns its hardware address; fails after two seconds. */
Mac resolveNeighbour(const std::string& interface, uint32_t address);
uint32_t parseAddress(const std::string& text);

/** A queue of a multi-queue tun device, without packet information; creates the device when it is not there. */
int openTunQueue(const std::string& name, int extraFlags = 0);
/** Sets MTU and brings the device up. */
void bringUp(const std::string& name, int mtu);
/** Interface name of an endpoint id: base 60, as the appliance names its devices. */
std::string endpointSuffix(uint64_t endpoint);

/** CPU time of all threads of a process in seconds, from the scheduler's nanoseconds; 0 when it is gone. */
double processCpuSeconds(int pid);
