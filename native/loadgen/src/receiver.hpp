// Takes what the appliance returns from a packet socket and checks every byte of it.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sender.hpp"
#include "traffic.hpp"

struct Counts {
  uint64_t returned = 0;    // right in every respect, each once
  uint64_t duplicated = 0;  // right, but seen before
  uint64_t crossed = 0;     // Geneve header is not the one of the packet's flow
  uint64_t innerWrong = 0;  // inner packet differs from what was sent by more than the hops
  uint64_t outerWrong = 0;  // addresses, ports, lengths or checksums of the outer packet
  uint64_t foreign = 0;     // none of ours
  uint64_t large = 0;       // arrived as one large packet of several
  uint64_t bytes = 0;       // inner bytes of what was right
};

class Receiver {
 public:
  Receiver(const Traffic& traffic, const Path& path, int hopsLow, int hopsHigh);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  /** Takes what is there, without waiting; returns the number of packets. */
  uint32_t receive();
  /** Waits until something is there or the time is over. */
  void wait(uint64_t timeoutNanoseconds);
  const Counts& counts() const { return counts_; }
  const std::vector<uint8_t>& answeredEndpoints() const { return answered_; }
  const std::vector<uint32_t>& latenciesMicroseconds() const { return histogram_; }
  const std::vector<std::string>& examples() const { return examples_; }
  /** Returned packets of each endpoint. */
  const std::vector<uint64_t>& byEndpoint() const { return byEndpoint_; }
  uint64_t socketDrops();

 private:
  void handleFrame(const uint8_t* frame, uint32_t length);
  bool outerIsRight(const uint8_t* ip, uint32_t length, bool checksumPending);
  void handlePacket(const uint8_t* geneve, uint32_t length, uint16_t outerSourcePort, uint64_t now);
  bool markSeen(uint32_t flow, uint32_t number);
  void note(const char* what, const uint8_t* bytes, uint32_t length);

  const Traffic& traffic_;
  Path path_;
  int hopsLow_;
  int hopsHigh_;
  int socket_ = -1;
  int sink_ = -1;
  std::vector<uint8_t> buffer_;
  std::vector<iovec> vectors_;
  std::vector<mmsghdr> messages_;
  std::vector<uint8_t> expected_;
  uint32_t windowBits_;
  std::vector<uint64_t> windows_;
  std::vector<uint32_t> highest_;
  std::vector<uint8_t> answered_;
  std::vector<uint64_t> byEndpoint_;
  std::vector<uint32_t> histogram_;
  std::vector<std::string> examples_;
  Counts counts_;
  uint64_t drops_ = 0;
};
