// Runs of packets of one flow, merged into one large packet for the kernel.
//
// Invariant (lossless): segmenting what was merged gives back the same packets, byte for byte, in the same order.
// Therefore everything but length, identification, sequence number, checksum and a final PSH must be equal, IPv4
// identifications must count up by one (or be 0 with DF), and every transport checksum must be right already: a wrong
// one would come back repaired. Packets of one flow never overtake each other; different flows may.
#pragma once
#include <sys/uio.h>

#include "inner_packet.h"
#include "virtio_header.h"

namespace geneve {

class Coalescer {
 public:
  static constexpr unsigned kRuns = 64;
  static constexpr unsigned kParts = 1024;
  static constexpr unsigned kHeaderRoom = 128;

  struct Run {
    void* owner;  ///< Where it is written to; the caller's.
    uint8_t* first;
    uint32_t firstLength;
    uint16_t count;
    uint16_t headerLength;  ///< 0: not to be merged.
    uint16_t transportOffset;
    uint16_t gsoSize;
    uint32_t nextSequence;
    uint32_t totalLength;
    int16_t slot;  ///< Of the lookup; -1: closed.
    uint16_t firstPart, lastPart;
    bool tcp, ipv6, verified, push;
  };

  /// What to merge; both false: every packet is its own run.
  Coalescer(bool tcp, bool udp) : tcp_(tcp), udp_(udp) {
    for (auto& slot : slots_) slot = -1;
  }

  bool full() const { return runs_ == kRuns || parts_ == kParts; }
  bool empty() const { return runs_ == 0; }
  unsigned runs() const { return runs_; }
  const Run& run(unsigned index) const { return run_[index]; }

  /// `packet` stays where it is until `clear`. `flowHash` is that of its flow key, endpoint included. Not when `full`.
  void add(void* owner, Bytes packet, const InnerPacket& parsed, uint64_t flowHash);

  /// The large packet of a run of several: `header` gets virtio header, IP and transport header (kHeaderRoom bytes),
  /// `parts` (of at least run.count + 1) the vector to write. Returns the number of parts.
  unsigned build(const Run& run, uint8_t* header, iovec* parts) const;

  void clear();

 private:
  struct Part {
    uint8_t* payload;
    uint32_t length;
    uint16_t next;
  };

  bool candidate(Bytes packet, const InnerPacket& parsed, Run& run) const;
  bool tryMerge(Run& run, const Run& single, Bytes packet);
  bool sameHeaders(const Run& run, const uint8_t* packet) const;

  bool tcp_, udp_;
  unsigned runs_ = 0, parts_ = 0;
  int16_t slots_[kRuns];
  Run run_[kRuns];
  Part part_[kParts];
};

}  // namespace geneve
