// Geneve (RFC 8926) with the three AWS Gateway Load Balancer options, decoded in place.
// Invariant: nothing is read outside `data`, and an accepted header has all three options with their exact lengths.
#pragma once
#include "bytes.h"
#include "drop_reason.h"

namespace geneve {

inline constexpr size_t kGeneveBase = 8;
inline constexpr size_t kGeneveLongest = kGeneveBase + 63 * 4;
inline constexpr uint16_t kProtocolIpv4 = 0x0800;
inline constexpr uint16_t kProtocolIpv6 = 0x86dd;

struct GeneveHeader {
  uint64_t eni;
  uint64_t attachment;
  uint32_t cookie;
  uint32_t vni;
  uint16_t protocol;
  uint16_t headerLength;
};

struct GeneveVerdict {
  DropReason reason;  ///< DropReason::kNone: accepted.
  uint32_t offset;    ///< Of the fault, from the first byte of the data.
};

/// Structure first, the whole option list included; then whether the packet may be handled (vectors/README.md).
GeneveVerdict decodeGeneve(ConstBytes data, GeneveHeader& out);

}  // namespace geneve
