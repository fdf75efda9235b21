// The shared vectors, and every decoder on bytes that are no packet.
#include <cstring>
#include <memory>

#include "flow_key.h"
#include "geneve_header.h"
#include "interface_name.h"
#include "runner.h"
#include "vectors.h"

using namespace geneve;
using namespace testing;

namespace {

std::string reasonName(DropReason reason) {
  static const char* const names[] = {
#define X(name, text) text,
      GENEVE_DROP_REASONS(X)
#undef X
  };
  return reason == DropReason::kNone ? "accepted" : names[static_cast<size_t>(reason)];
}

// Exactly as long as the data: the sanitizer sees one byte too far.
std::unique_ptr<uint8_t[]> exact(const std::vector<uint8_t>& bytes) {
  auto copy = std::make_unique<uint8_t[]>(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  return copy;
}

std::string hex64(uint64_t value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llx", digits, static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

TEST(geneve_vectors) {
  for (const auto& fields : readVectors("geneve.txt")) {
    const auto bytes = bytesOf(fields[1]);
    const auto data = exact(bytes);
    GeneveHeader header{};
    const auto verdict = decodeGeneve({data.get(), bytes.size()}, header);
    CHECK_FOR(reasonName(verdict.reason) == fields[2], fields[0] + ": " + reasonName(verdict.reason));
    CHECK_FOR(std::to_string(verdict.offset) == fields[3], fields[0] + ": offset " + std::to_string(verdict.offset));
    if (fields[2] != "accepted") continue;
    CHECK_FOR(std::to_string(header.protocol) == fields[4], fields[0]);
    CHECK_FOR(std::to_string(header.vni) == fields[5], fields[0]);
    CHECK_FOR(std::to_string(header.headerLength) == fields[6], fields[0]);
    CHECK_FOR(hex64(header.eni, 16) == fields[7], fields[0]);
    CHECK_FOR(hex64(header.attachment, 16) == fields[8], fields[0]);
    CHECK_FOR(hex64(header.cookie, 8) == fields[9], fields[0]);
  }
}

TEST(flow_vectors) {
  for (const auto& fields : readVectors("flow.txt")) {
    const auto bytes = bytesOf(fields[1]);
    const auto data = exact(bytes);
    InnerPacket packet{};
    const auto verdict = parseInner({data.get(), bytes.size()}, packet);
    CHECK_FOR(reasonName(verdict.reason) == fields[2], fields[0] + ": " + reasonName(verdict.reason));
    CHECK_FOR(std::to_string(verdict.offset) == fields[3], fields[0] + ": offset " + std::to_string(verdict.offset));
    if (fields[2] != "accepted") continue;
    const size_t address = packet.version == 4 ? 4 : 16;
    const std::vector<std::string> actual = {
        std::to_string(packet.version), std::to_string(packet.protocol), hexOf(packet.source, address),
        hexOf(packet.destination, address), std::to_string(packet.sourcePort), std::to_string(packet.destinationPort),
        std::to_string(packet.identifier), std::to_string(packet.quoted), std::to_string(packet.truncated),
        std::to_string(packet.fragment.present), std::to_string(packet.fragment.more),
        std::to_string(packet.fragment.identification), std::to_string(packet.fragment.offset)};
    for (size_t i = 0; i < actual.size(); ++i)
      CHECK_FOR(actual[i] == fields[4 + i], fields[0] + ": field " + std::to_string(i) + " is " + actual[i] + ", not " + fields[4 + i]);
  }
}

TEST(name_vectors) {
  for (const auto& fields : readVectors("names.txt"))
    CHECK_FOR(base60(std::strtoull(fields[1].c_str(), nullptr, 16)) == fields[2], fields[0]);
}

TEST(keys_of_both_directions_are_each_others_reverse) {
  for (const auto& fields : readVectors("flow.txt")) {
    const auto bytes = bytesOf(fields[1]);
    InnerPacket packet{};
    if (parseInner({bytes.data(), bytes.size()}, packet).reason != DropReason::kNone) continue;
    InnerPacket back = packet;
    std::swap(back.source, back.destination);
    std::swap(back.sourcePort, back.destinationPort);
    CHECK_FOR(flowKey(back, 7) == reversed(flowKey(packet, 7)), fields[0]);
    CHECK_FOR(reversed(reversed(flowKey(packet, 7))) == flowKey(packet, 7), fields[0]);
    CHECK_FOR(!(flowKey(packet, 7) == flowKey(packet, 8)), fields[0]);
  }
}

TEST(mutated_packets_never_read_outside) {
  std::vector<std::vector<uint8_t>> corpus;
  for (const char* file : {"geneve.txt", "flow.txt"})
    for (const auto& fields : readVectors(file)) corpus.push_back(bytesOf(fields[1]));
  for (unsigned round = 0; round < 60'000 * factor(); ++round) {
    auto bytes = corpus[draw(corpus.size())];
    for (unsigned n = static_cast<unsigned>(draw(4)); n > 0 && !bytes.empty(); --n)
      bytes[draw(bytes.size())] = static_cast<uint8_t>(draw());
    if (draw(2) == 0) bytes.resize(draw(bytes.size() + 1));
    const auto data = exact(bytes);
    GeneveHeader header{};
    InnerPacket packet{};
    if (decodeGeneve({data.get(), bytes.size()}, header).reason == DropReason::kNone) CHECK(header.headerLength <= bytes.size());
    if (parseInner({data.get(), bytes.size()}, packet).reason == DropReason::kNone) {
      CHECK(packet.length <= bytes.size());
      CHECK(packet.transportOffset <= packet.length);
      hashKey(flowKey(packet, 1), 2);
      if (packet.quoted) icmpErrorKey(packet, data.get(), 1);
    }
  }
}
