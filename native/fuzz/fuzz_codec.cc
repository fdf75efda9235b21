// Any bytes as the payload of a Geneve datagram.
#include "geneve_header.h"
#include "inner_packet.h"

using namespace geneve;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  GeneveHeader header{};
  if (decodeGeneve({data, size}, header).reason != DropReason::kNone) return 0;
  if (header.headerLength > size || header.headerLength < kGeneveBase) __builtin_trap();
  InnerPacket packet{};
  parseInner({data + header.headerLength, size - header.headerLength}, packet);
  return 0;
}
