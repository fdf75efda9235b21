#include "flow_key.h"

namespace geneve {
namespace {

void setAddresses(FlowKey& key, uint8_t version, const uint8_t* source, const uint8_t* destination) {
  if (version == 4) {
    uint32_t a, b;
    std::memcpy(&a, source, 4);
    std::memcpy(&b, destination, 4);
    key.words[0] = a;
    key.words[1] = 0;
    key.words[2] = b;
    key.words[3] = 0;
  } else {
    key.words[0] = loadWord(source);
    key.words[1] = loadWord(source + 8);
    key.words[2] = loadWord(destination);
    key.words[3] = loadWord(destination + 8);
  }
}

uint64_t lastWord(uint32_t endpoint, KeyKind kind, uint8_t protocol, uint8_t version) {
  return (uint64_t{endpoint} << 32) | (uint64_t{static_cast<uint8_t>(kind)} << 16) | (uint64_t{version} << 8) | protocol;
}

uint64_t multiplyMix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace

FlowKey flowKey(const InnerPacket& packet, uint32_t endpoint) {
  FlowKey key;
  setAddresses(key, packet.version, packet.source, packet.destination);
  key.words[4] = (uint64_t{packet.sourcePort} << 48) | (uint64_t{packet.destinationPort} << 32) | packet.identifier;
  key.words[5] = lastWord(endpoint, KeyKind::kFlow, packet.protocol, packet.version);
  return key;
}

FlowKey fragmentKey(const InnerPacket& packet, uint32_t endpoint) {
  FlowKey key;
  setAddresses(key, packet.version, packet.source, packet.destination);
  key.words[4] = packet.fragment.identification;
  // RFC 8200 reassembles by addresses and identification: the Next Header of later fragments may differ.
  const uint8_t protocol = packet.version == 4 ? packet.outerProtocol : 0;
  key.words[5] = lastWord(endpoint, KeyKind::kFragment, protocol, packet.version);
  return key;
}

FlowKey addressPairKey(const InnerPacket& packet, uint32_t endpoint) {
  FlowKey key;
  setAddresses(key, packet.version, packet.source, packet.destination);
  key.words[4] = 0;
  key.words[5] = lastWord(endpoint, KeyKind::kAddressPair, 0, packet.version);
  return key;
}

FlowKey icmpErrorKey(const InnerPacket& packet, const uint8_t* start, uint32_t endpoint) {
  FlowKey key;
  const bool four = packet.version == 4;
  setAddresses(key, packet.version, start + (four ? 12 : 8), start + (four ? 16 : 24));
  key.words[4] = hashKey(flowKey(packet, 0), 0x9e3779b97f4a7c15);
  key.words[5] = lastWord(endpoint, KeyKind::kIcmpError, packet.protocol, packet.version);
  return key;
}

FlowKey reversed(const FlowKey& key) {
  const uint64_t ports = key.words[4];
  return {{key.words[2], key.words[3], key.words[0], key.words[1],
           (ports << 16 & 0xffff'0000'0000'0000) | (ports >> 16 & 0x0000'ffff'0000'0000) | (ports & 0xffff'ffff),
           key.words[5]}};
}

uint64_t hashKey(const FlowKey& key, uint64_t seed) {
  uint64_t hash = seed ^ 0xa0761d6478bd642f;
  hash = multiplyMix(key.words[0] ^ hash, key.words[1] ^ 0xe7037ed1a0b428db);
  hash ^= multiplyMix(key.words[2] ^ seed, key.words[3] ^ 0x8ebc6af09c88c6e3);
  hash = multiplyMix(key.words[4] ^ hash, key.words[5] ^ 0x589965cc75374cc3);
  return multiplyMix(hash ^ seed, 0x1d8e4e27c47d124f);
}

}  // namespace geneve
