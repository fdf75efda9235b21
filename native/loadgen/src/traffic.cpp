#include "traffic.hpp"

#include <algorithm>

#include "arguments.hpp"
#include "wire.hpp"

namespace {

uint64_t mix(uint64_t value) {
  value ^= value >> 31;
  value *= 0x9e3779b97f4a7c15;
  value ^= value >> 29;
  value *= 0xbf58476d1ce4e5b9;
  return value ^ value >> 32;
}

uint8_t* putOption(uint8_t* at, uint16_t optionClass, uint8_t type, uint8_t words) {
  put16(at, optionClass);
  at[2] = type;
  at[3] = words;
  return at + 4;
}

}  // namespace

Traffic::Traffic(const TrafficOptions& options) : options_(options) {
  if (options_.flows == 0 || options_.endpoints == 0 || options_.flowsPerHost == 0 || options_.burst == 0)
    usageError("flows, endpoints, flows per host and burst are at least 1");
  if (options_.flows / options_.flowsPerHost > (1u << 22)) usageError("too many hosts: raise --flows-per-host");
  for (const Shape& shape : options_.shapes) {
    prototypes_.emplace_back(shape);
    largest_ = std::max(largest_, prototypes_.back().largest());
  }
}

Traffic::Place Traffic::placeOf(uint32_t flow) const {
  const bool answer = options_.bothDirections && (flow & 1) != 0;
  uint32_t pair = options_.bothDirections ? flow >> 1 : flow;
  uint32_t endpoint = 0;
  if (options_.sameTuples) {
    endpoint = pair % options_.endpoints;
    pair /= options_.endpoints;
  }
  const uint32_t host = pair / options_.flowsPerHost;
  if (!options_.sameTuples) endpoint = host % options_.endpoints;
  return {endpoint, host, pair % options_.flowsPerHost, answer};
}

uint32_t Traffic::endpointOf(uint32_t flow) const { return placeOf(flow).endpoint; }

uint32_t Traffic::writeHeader(uint32_t flow, uint8_t* out) const {
  const Place place = placeOf(flow);
  const Shape& shape = options_.shapes[shapeIndex(place)];
  const uint32_t oddity = options_.oddHeaders ? flow % 4 : 0;
  uint8_t* at = out + 8;
  const auto cookie = [&] {
    at = putOption(at, 0x0108, 3, 1);
    put32(at, static_cast<uint32_t>(mix(flow + 0x1234567u)));
    at += 4;
  };
  if (oddity == 3) cookie();
  at = putOption(at, 0x0108, 1, 2);
  put64(at, options_.endpointBase + place.endpoint);
  at = putOption(at + 8, 0x0108, 2, 2);
  put64(at, mix(place.endpoint + 1));
  at += 8;
  if (oddity != 3) cookie();
  if (oddity == 1) {
    at = putOption(at, 0x0101, 5, 1);
    put32(at, flow);
    at += 4;
  }
  out[0] = static_cast<uint8_t>((at - out - 8) / 4);
  out[1] = 0;
  put16(out + 2, shape.version == 4 ? 0x0800 : 0x86dd);
  put32(out + 4, oddity == 2 ? (flow & 0xffffff) << 8 : 0);
  return static_cast<uint32_t>(at - out);
}

uint32_t Traffic::writeInner(const Tag& tag, uint8_t* out) const {
  const Place place = placeOf(tag.flow);
  const Fields fields{tag, place.host, place.member, options_.flowsPerHost, place.answer};
  return prototypes_[shapeIndex(place)].write(fields, out);
}
