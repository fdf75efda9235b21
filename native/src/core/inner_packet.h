// The inner packet as its flow key needs it: one parser for both directions, specified in vectors/README.md.
// Invariant: no byte outside `data` is read; bytes behind the packet's own length take no part.
#pragma once
#include "bytes.h"
#include "drop_reason.h"

namespace geneve {

inline constexpr uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kGre = 47, kIcmp6 = 58, kSctp = 132;

struct Fragment {
  uint32_t identification;
  uint32_t offset;  ///< Bytes.
  bool present;
  bool more;
};

struct InnerPacket {
  uint8_t version;   ///< 4 or 6.
  uint8_t protocol;  ///< Upper-layer protocol; of an ICMP error (`quoted`): of the flow it is about.
  bool quoted;       ///< An ICMP error; the fields are the quoted packet's with its ends swapped.
  bool truncated;    ///< Ports, identifier or the next extension header are not there; the fields are 0.
  uint16_t sourcePort;
  uint16_t destinationPort;
  uint32_t identifier;  ///< ICMP query identifier or GRE key.
  Fragment fragment;
  const uint8_t* source;       ///< 4 or 16 bytes inside the packet (the quoted one when `quoted`).
  const uint8_t* destination;
  uint32_t length;           ///< By the IP header; what lies behind is padding.
  uint32_t transportOffset;  ///< Of the outermost packet, also when `quoted`.
  uint8_t outerProtocol;     ///< `protocol` before looking into a quotation.
};

struct InnerVerdict {
  DropReason reason;
  uint32_t offset;
};

InnerVerdict parseInner(ConstBytes data, InnerPacket& out);

}  // namespace geneve
