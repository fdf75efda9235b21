// Large packets as the kernel hands them over, cut into the packets of the wire, as its own segmentation would.
//
// Identification of IPv4: counts up by one, except that DF with identification 0 stays 0 in every segment (RFC 6864:
// it has no meaning there, and it is what merged such packets had).
#pragma once
#include "inner_packet.h"
#include "virtio_header.h"

namespace geneve {

struct SegmentPlan {
  unsigned count;
  uint32_t headerLength;  ///< IP and transport header, repeated in front of each segment.
  uint32_t gsoSize;       ///< Payload of all but the last.
  uint32_t transportOffset;
  uint32_t payloadLength;  ///< Of all segments.
  bool tcp;
  bool ipv6;
};

/// False when the virtio header and the packet do not belong together; nothing is read outside `packet`.
bool planSegments(const VirtioHeader& virtio, ConstBytes packet, const InnerPacket& parsed, SegmentPlan& plan);

/// Writes the header of segment `index` to `header` (plan.headerLength bytes) and returns its payload inside `packet`.
ConstBytes writeSegment(const SegmentPlan& plan, ConstBytes packet, unsigned index, uint8_t* header);

/// Fills a checksum that the kernel left partial. False when the header points outside of the packet.
bool completeChecksum(const VirtioHeader& virtio, Bytes packet, bool udp);

}  // namespace geneve
