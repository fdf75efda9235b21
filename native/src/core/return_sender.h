// Returned packets on their way out: outer headers, batches, and runs that leave as one large packet.
//
// A frame's first part is preceded by kLead writable bytes (virtio, Ethernet, IPv4 and UDP header). What is added must
// stay untouched until `flush`. Frames with one outer tuple keep their order.
#pragma once
#include <sys/socket.h>
#include <sys/uio.h>

#include <unordered_map>
#include <vector>

#include "engine_state.h"
#include "virtio_header.h"

namespace geneve {

class ReturnSender {
 public:
  static constexpr unsigned kLead = 10 + 14 + 20 + 8;

  struct Frame {
    uint8_t* head;  ///< Geneve header and, in one piece, what follows it.
    uint32_t headLength;
    const uint8_t* payload;  ///< The rest, or null.
    uint32_t payloadLength;
    const FlowValue* flow;  ///< Addresses as received; swapped here.
    EndpointCounters* endpoint;
  };

  enum class Added : uint8_t { kQueued, kTooBig, kFull };

  ReturnSender(EngineState& state, LaneCounters& counters);
  /// False with errno when the raw socket is refused (CAP_NET_RAW).
  bool open();

  /// kFull: `flush`, then again. kTooBig: `mtu` is the largest outer IPv4 packet that would have gone.
  Added add(const Frame& frame, uint32_t& mtu);
  void flush();
  bool empty() const { return messages_ == 0 && rawMessages_ == 0; }

  void setNextHop(const NextHop& hop);
  void forgetNextHop(uint32_t destination);

 private:
  static constexpr unsigned kMessages = 64;
  static constexpr unsigned kParts = 1024;
  static constexpr unsigned kMostSegments = 128;

  struct Message {
    uint8_t* lead;
    const NextHop* hop;
    EndpointCounters* endpoint;
    uint64_t tuple;
    uint16_t sourcePort;
    uint16_t segments;
    uint32_t firstPart, parts;
    uint32_t segmentLength;  ///< UDP payload of all but the last.
    uint32_t totalLength;    ///< UDP payload of all.
    bool open;
  };

  Added addRaw(const Frame& frame, uint32_t udpLength, uint32_t& mtu);
  void writeOuter(uint8_t* ip, const FlowValue& flow, uint32_t udpLength);
  void finishMessage(Message& message);
  void flushPacket();
  void flushRaw();
  void sendOneByOne(const Message& message);
  void failed(const Message& message, int error);
  void requestNextHop(uint32_t destination);
  const NextHop* findHop(uint32_t destination);

  EngineState& state_;
  LaneCounters& counters_;
  FileDescriptor raw_, packet_;
  bool usePacket_, useUso_;
  uint16_t identification_ = 0;
  uint64_t nextRequestMs_ = 0;
  uint32_t lastDestination_ = 0;
  const NextHop* lastHop_ = nullptr;
  std::unordered_map<uint32_t, NextHop> hops_;

  unsigned messages_ = 0, parts_ = 0;
  Message message_[kMessages];
  iovec part_[kParts];
  mmsghdr header_[kMessages];
  struct LinkAddress {
    alignas(8) uint8_t bytes[32];
  } address_[kMessages];

  unsigned rawMessages_ = 0, rawParts_ = 0;
  Message rawMessage_[kMessages];
  iovec rawPart_[2 * kMessages];
  mmsghdr rawHeader_[kMessages];
  uint32_t rawAddress_[kMessages][4];
};

}  // namespace geneve
