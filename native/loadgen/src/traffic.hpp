// The flows of a run: which endpoint, hosts, shape, Geneve header and outer port each has. Everything follows from the flow's
// number, so that a returned packet can be checked without remembering what was sent.
#pragma once

#include <cstdint>
#include <vector>

#include "inner_packet.hpp"

struct TrafficOptions {
  std::vector<Shape> shapes;
  uint32_t flows = 1;
  uint32_t endpoints = 1;
  uint32_t flowsPerHost = 4;
  uint32_t burst = 1;
  uint64_t endpointBase = 0x0123456789ab0000;
  bool sameTuples = false;     // the same addresses and ports in every endpoint
  bool bothDirections = false;  // odd flows are the answers of even ones, with a cookie of their own
  bool oddHeaders = false;     // some flows with VNI, further options, another order
  bool laterFragmentFirst = false;
};

constexpr uint32_t maxHeaderBytes = 64;

class Traffic {
 public:
  explicit Traffic(const TrafficOptions& options);

  const TrafficOptions& options() const { return options_; }
  uint32_t largestInner() const { return largest_; }
  uint32_t endpointOf(uint32_t flow) const;
  uint16_t outerPort(uint32_t flow) const { return static_cast<uint16_t>(32'768 + flow * 7919u % 28'000u); }
  /** Writes the flow's Geneve header and returns its length. */
  uint32_t writeHeader(uint32_t flow, uint8_t* out) const;
  uint32_t writeInner(const Tag& tag, uint8_t* out) const;
  bool isFragmented(uint32_t flow) const { return shapeOf(flow).kind == Kind::fragment; }

 private:
  struct Place {
    uint32_t endpoint;
    uint32_t host;
    uint32_t member;
    bool answer;
  };
  Place placeOf(uint32_t flow) const;
  const Shape& shapeOf(uint32_t flow) const { return options_.shapes[shapeIndex(placeOf(flow))]; }
  size_t shapeIndex(const Place& place) const { return place.host % options_.shapes.size(); }

  TrafficOptions options_;
  std::vector<Prototype> prototypes_;
  uint32_t largest_ = 0;
};
