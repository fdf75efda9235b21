// Where a returned packet goes on the wire: device and hardware addresses of the next hop, asked of the kernel's
// routes and neighbours through rtnetlink, so that a packet socket can be used. Only the control thread asks.
#pragma once
#include <cstdint>
#include <optional>

#include "mapping.h"

namespace geneve {

struct NextHop {
  uint32_t destination;  ///< Network order.
  int interfaceIndex = 0;
  uint32_t mtu = 0;
  uint8_t sourceMac[6] = {};
  uint8_t destinationMac[6] = {};
  /// The neighbour has not been heard of lately: one packet through the kernel's own path makes it ask.
  bool stale = false;
  bool operator==(const NextHop&) const = default;
};

class NextHopResolver {
 public:
  bool open();
  /// Readable when routes, neighbours or links changed.
  int eventFd() const { return events_.get(); }
  void drainEvents();
  /// Nothing when the destination is not reached over Ethernet or the neighbour is not known (yet).
  std::optional<NextHop> resolve(uint32_t destination);

 private:
  bool route(uint32_t destination, int& interfaceIndex, uint32_t& gateway);
  void askNeighbour(int interfaceIndex, uint32_t address);
  bool neighbour(int interfaceIndex, uint32_t address, NextHop& hop);
  bool link(int interfaceIndex, NextHop& hop);

  FileDescriptor events_, query_, control_;
  uint32_t sequence_ = 0;
};

}  // namespace geneve
