// "Fragmentation needed" (RFC 792, RFC 1191) and "packet too big" (RFC 4443) towards the sender of an inner packet.
#pragma once
#include "inner_packet.h"

namespace geneve {

inline constexpr size_t kIcmpErrorRoom = 640;

/// Whether an error may be sent about this packet at all: not about ICMP errors, later fragments or multicast.
bool mayAnswer(ConstBytes packet, const InnerPacket& parsed);

/// Writes an IP packet from the inner destination to the inner source; returns its length.
size_t buildTooBig(ConstBytes packet, const InnerPacket& parsed, uint32_t mtu, uint8_t* out);

}  // namespace geneve
