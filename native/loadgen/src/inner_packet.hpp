// Customers' packets: one prototype per kind and size, of which every packet is a copy with a few fields changed and its
// checksum adjusted. Each carries a tag (flow, number, time of sending), so that what comes back says what it must be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

enum class Kind { udp, tcp, icmp, sctp, gre, fragment };

struct Shape {
  int version = 4;
  Kind kind = Kind::udp;
  uint32_t size = 0;  // of the inner packet; the first of two fragments
};

/** Shape of a name such as udp4 or fragment6; exits with a message for an unknown name or too small a size. */
Shape parseShape(const std::string& name, uint32_t size);

struct Tag {
  uint32_t flow = 0;
  uint32_t number = 0;
  uint64_t time = 0;
};
constexpr uint32_t tagBytes = 16;

/** What distinguishes one packet from its prototype. */
struct Fields {
  Tag tag;
  uint32_t host = 0;    // low part of the client's address
  uint32_t member = 0;  // which of the flows between the two hosts
  uint32_t members = 1;
  bool fromServer = false;
};

class Prototype {
 public:
  explicit Prototype(const Shape& shape);

  /** Writes one packet and returns its length; at most `largest()` bytes. */
  uint32_t write(const Fields& fields, uint8_t* out) const;
  uint32_t largest() const { return static_cast<uint32_t>(bytes_.size()); }
  uint32_t transportOffset() const { return headerBytes_; }

 private:
  struct Sum;
  void writeAddresses(const Fields& fields, uint8_t* out, Sum& sum) const;
  uint32_t writeTransport(const Fields& fields, uint8_t* out, Sum& sum) const;
  uint32_t writeFragment(const Fields& fields, uint8_t* out) const;
  void finishIp(const Fields& fields, uint8_t* out, uint32_t length) const;

  Shape shape_;
  uint32_t headerBytes_;     // IP header, for IPv6 fragments with the fragment header
  uint32_t transportBytes_;  // transport header
  std::vector<uint8_t> bytes_;
  uint64_t constantSum_ = 0;  // over everything the transport checksum covers, variable fields 0
};

constexpr uint32_t lastFragmentBytes = 32;

/** Where the tag of a packet lies, or 0 when it cannot be one of ours. */
uint32_t findTag(const uint8_t* packet, uint32_t length);
