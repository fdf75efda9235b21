// Any bytes as an inner packet: keys of both kinds, and the answer to one that is too big.
#include "flow_key.h"
#include "icmp_error.h"

using namespace geneve;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  InnerPacket packet{};
  if (parseInner({data, size}, packet).reason != DropReason::kNone) return 0;
  if (packet.length > size || packet.transportOffset > packet.length) __builtin_trap();
  const FlowKey key = flowKey(packet, 1);
  if (!(reversed(reversed(key)) == key)) __builtin_trap();
  fragmentKey(packet, 1);
  addressPairKey(packet, 1);
  if (packet.quoted) icmpErrorKey(packet, data, 1);
  if (!mayAnswer({data, size}, packet)) return 0;
  uint8_t answer[kIcmpErrorRoom];
  const size_t length = buildTooBig({data, size}, packet, 1400, answer);
  InnerPacket parsed{};
  if (parseInner({answer, length}, parsed).reason != DropReason::kNone || parsed.length != length) __builtin_trap();
  return 0;
}
