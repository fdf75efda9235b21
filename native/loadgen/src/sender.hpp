// Sends Geneve packets through a packet socket, past the stack and the queueing discipline.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <vector>

#include "traffic.hpp"
#include "wire.hpp"

struct Path {
  Interface interface;
  Mac destinationMac{};
  uint32_t source = 0;
  uint32_t destination = 0;
};

class Sender {
 public:
  /** `oneLargePacket`: the packets of a burst leave as one, for the receiver's kernel to take apart. */
  Sender(const Traffic& traffic, const Path& path, uint32_t batch, bool oneLargePacket);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  /** Sends up to `count` packets of the plan and returns how many the device took. */
  uint32_t send(uint32_t count);
  /** Sends one unnumbered packet of a flow. */
  void sendProbe(uint32_t flow);
  const std::vector<uint32_t>& numbers() const { return numbers_; }

 private:
  void nextTag(Tag& tag);
  uint32_t writeOuter(uint8_t* frame, const Tag& tag);
  void seal(uint8_t* frame, uint32_t frameBytes, uint32_t segmentBytes);
  uint32_t flush(uint32_t messages, uint32_t packets);

  const Traffic& traffic_;
  Path path_;
  uint32_t batch_;
  bool large_;
  int socket_ = -1;
  size_t slotBytes_;
  std::vector<uint8_t> buffer_;
  std::vector<iovec> vectors_;
  std::vector<mmsghdr> messages_;
  std::vector<uint32_t> numbers_;
  uint32_t flow_ = 0;
  uint32_t inBurst_ = 0;
};
