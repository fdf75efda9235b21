// The Internet checksum (RFC 1071). Sums are kept as partial sums of 16-bit big-endian words; `fold` ends them.
// Invariant: partial(a ++ b) == partial(a) + partial(b) only when `a` has an even length.
#pragma once
#include "bytes.h"

namespace geneve {

/// Partial sum of any number of bytes, an odd last one padded with zero. Never overflows below 2^32 bytes.
uint64_t partialSum(ConstBytes data);

/// Sum of the pseudo header: addresses as they stand in the IP header, protocol and transport length.
uint64_t pseudoSum(ConstBytes source, ConstBytes destination, uint8_t protocol, uint32_t length);

/// 16 bits, end-around carry applied, not complemented.
inline uint16_t fold(uint64_t sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

/// The checksum field's value.
inline uint16_t finish(uint64_t sum) { return static_cast<uint16_t>(~fold(sum)); }

/// Writes the header checksum of an IPv4 header whose length is a multiple of 4.
void setIpv4Checksum(Bytes header);

}  // namespace geneve
