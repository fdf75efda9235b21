// What a Geneve header is remembered under. Keys have a direction: a packet's own, as it travels; the other
// direction of the same connection is `reversed`. 48 bytes, compared and hashed as six words.
#pragma once
#include "inner_packet.h"

namespace geneve {

enum class KeyKind : uint8_t {
  kFlow = 1,     ///< Addresses, protocol, ports or identifier.
  kFragment,     ///< Addresses, protocol, IP identification: what belongs to one datagram.
  kAddressPair,  ///< Addresses alone: the pair's header, marked when its flows have several.
  kIcmpError,    ///< An ICMP error's own addresses and the flow that it quotes.
};

struct FlowKey {
  uint64_t words[6];
  bool operator==(const FlowKey&) const = default;
};

/// Of an ICMP error: the flow that it quotes, in the error's direction.
FlowKey flowKey(const InnerPacket& packet, uint32_t endpoint);
FlowKey fragmentKey(const InnerPacket& packet, uint32_t endpoint);
FlowKey addressPairKey(const InnerPacket& packet, uint32_t endpoint);
/// `packet` is an ICMP error that starts at `start`; its own addresses stand in its IP header.
FlowKey icmpErrorKey(const InnerPacket& packet, const uint8_t* start, uint32_t endpoint);
FlowKey reversed(const FlowKey& key);

/// `seed` is random for each process, so that nobody outside can aim at one set of the table.
uint64_t hashKey(const FlowKey& key, uint64_t seed);

inline uint32_t endpointOf(const FlowKey& key) { return static_cast<uint32_t>(key.words[5] >> 32); }
inline bool isIpv6(const FlowKey& key) { return ((key.words[5] >> 8) & 0xff) == 6; }

}  // namespace geneve
