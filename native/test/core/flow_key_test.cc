// The kernel path's parser against the user-space one: the shared vectors and mutations of them, in the kernel's own test run
// of a program (BPF_PROG_TEST_RUN). Whatever the kernel takes must have the very key that the user-space engine gives it.
#include "flow_key.h"

#include <linux/bpf.h>
#include <linux/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "bpf_system.h"
#include "runner.h"
#include "vectors.h"

using namespace geneve;
using namespace testing;

namespace {

#include "flow_key_program.inc"

constexpr size_t kEthernet = 14;
enum : uint64_t { kPlain, kWhole, kFirst, kLater };

// Of flow_key.bpf.c.
struct Answer {
  FlowKey key;
  uint64_t datagram[2];
  uint64_t kind;
  uint32_t found[8];
  int32_t plain, unusual;
  bool isTaken() const { return plain == 0 || unusual == 0; }
};

class KernelParser {
 public:
  KernelParser() {
    FileDescriptor& map = maps_[static_cast<size_t>(MapKind::kSettings)];
    map = bpfCreateMap(BPF_MAP_TYPE_ARRAY, 4, sizeof(Answer), 1, "gwlb_key");
    if (map) program_ = bpfLoad(kKeyProgram, kKeyMaps, maps_, "gwlb_key", verdict_);
    error_ = errno;
  }
  bool isDenied() const { return !program_ && (error_ == EPERM || error_ == EACCES); }
  bool isLoaded() const { return static_cast<bool>(program_); }
  std::string why() const { return std::string(std::strerror(error_)) + ": " + verdict_; }
  uint32_t steps() const { return bpfProgramInfo(program_.get()).verified; }

  /// False when the kernel's test run does not take a packet of this length.
  bool ask(const std::vector<uint8_t>& packet, Answer& answer) {
    std::vector<uint8_t> frame(kEthernet + packet.size());
    // An EtherType of neither version: the test run would look into the packet.
    frame[12] = 0x88;
    frame[13] = 0xb5;
    if (!packet.empty()) std::memcpy(frame.data() + kEthernet, packet.data(), packet.size());
    const uint32_t zero = 0;
    Answer none{};
    none.plain = none.unusual = -1;
    bpfUpdate(map(), &zero, &none);
    bpf_attr attributes{};
    attributes.test.prog_fd = static_cast<uint32_t>(program_.get());
    attributes.test.data_in = reinterpret_cast<uintptr_t>(frame.data());
    attributes.test.data_size_in = static_cast<uint32_t>(frame.size());
    attributes.test.repeat = 1;
    if (::syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof attributes) != 0) return false;
    return bpfLookup(map(), &zero, &answer);
  }

 private:
  int map() const { return maps_[static_cast<size_t>(MapKind::kSettings)].get(); }
  FileDescriptor maps_[kMapKinds];
  FileDescriptor program_;
  std::string verdict_;
  int error_ = 0;
};

// The user-space engine's word on a packet; empty when the kernel's answer agrees with it.
std::string contradiction(const std::vector<uint8_t>& bytes, const Answer& answer) {
  InnerPacket packet{};
  const auto verdict = parseInner({bytes.data(), bytes.size()}, packet);
  if (answer.unusual == -2) return "the kernel's two parsers differ";
  if (answer.plain == 0 && answer.unusual != 0) return "plain, and yet not among all";
  if (!answer.isTaken()) return "";
  if (verdict.reason != DropReason::kNone) return "no packet at all";
  if (packet.quoted) return "an ICMP error";
  if (packet.truncated) return "cut off";
  if (packet.length != bytes.size()) return "padded";
  const uint64_t kind = !packet.fragment.present ? kWhole : packet.fragment.offset == 0 ? kFirst : kLater;
  if (answer.kind != kind && (kind != kWhole || answer.kind != kPlain)) return "of kind " + std::to_string(kind);
  const FlowKey datagram = fragmentKey(packet, 7);
  if (!(answer.key == (kind == kLater ? datagram : flowKey(packet, 7)))) return "another key";
  if (kind == kFirst && (answer.datagram[0] != datagram.words[4] || answer.datagram[1] != datagram.words[5])) return "another datagram";
  return "";
}

// What the kernel path leaves to the lanes although it is a packet like others.
bool isLeftAlone(const std::vector<uint8_t>& bytes, const InnerPacket& packet) {
  const bool later = packet.fragment.present && packet.fragment.offset != 0;
  const uint8_t* message = bytes.data() + packet.transportOffset;
  const size_t size = bytes.size() - packet.transportOffset;
  if (packet.quoted || packet.truncated || packet.length != bytes.size()) return true;
  if (later) return false;
  if (packet.protocol == kGre) return size < 4;
  if (packet.version == 4 && packet.protocol == kIcmp)
    return message[0] == 3 || message[0] == 4 || message[0] == 5 || message[0] == 11 || message[0] == 12;
  return packet.version == 6 && packet.protocol == kIcmp6 && message[0] < 128;
}

}  // namespace

TEST(kernel_keys_are_those_of_the_shared_vectors) {
  KernelParser kernel;
  if (kernel.isDenied()) {
    std::printf("skipped: no right to load programs\n");
    return;
  }
  CHECK_FOR(kernel.isLoaded(), kernel.why());
  if (!kernel.isLoaded()) return;
  unsigned taken = 0, total = 0, refused = 0;
  std::map<uint64_t, unsigned> kinds;
  for (const auto& fields : readVectors("flow.txt")) {
    const auto bytes = bytesOf(fields[1]);
    Answer answer{};
    if (!kernel.ask(bytes, answer)) {
      refused++;
      CHECK_FOR(bytes.size() < 20 || bytes.size() > 3000, fields[0]);
      continue;
    }
    total++;
    const std::string what = contradiction(bytes, answer);
    CHECK_FOR(what.empty(), fields[0] + ": the user-space engine says " + what);
    taken += answer.isTaken();
    if (answer.isTaken()) kinds[answer.kind]++;
    InnerPacket packet{};
    if (parseInner({bytes.data(), bytes.size()}, packet).reason == DropReason::kNone)
      CHECK_FOR(answer.isTaken() != isLeftAlone(bytes, packet), fields[0] + (answer.isTaken() ? ": taken" : ": left alone"));
  }
  std::printf("kernel takes %u of %u vectors (%u plain, %u whole, %u first, %u later fragments; %u not asked), verifier %u steps\n", taken, total,
              kinds[kPlain], kinds[kWhole], kinds[kFirst], kinds[kLater], refused, kernel.steps());
  CHECK(kinds[kPlain] > 10 && kinds[kWhole] > 20 && kinds[kFirst] > 0 && kinds[kLater] > 0);
}

TEST(kernel_keys_of_mutated_packets_are_never_others) {
  KernelParser kernel;
  if (!kernel.isLoaded()) return;
  std::vector<std::vector<uint8_t>> corpus;
  for (const auto& fields : readVectors("flow.txt")) corpus.push_back(bytesOf(fields[1]));
  unsigned taken = 0;
  for (unsigned round = 0; round < 40'000 * factor(); ++round) {
    auto bytes = corpus[draw(corpus.size())];
    for (unsigned n = static_cast<unsigned>(draw(4)); n > 0 && !bytes.empty(); --n) {
      // Mostly where headers are.
      const size_t at = draw(3) == 0 ? draw(bytes.size()) : draw(std::min<size_t>(bytes.size(), 64));
      bytes[at] = static_cast<uint8_t>(draw(2) == 0 ? draw() : draw(64));
    }
    if (draw(8) == 0) bytes.resize(draw(bytes.size() + 1));
    Answer answer{};
    if (!kernel.ask(bytes, answer)) continue;
    const std::string what = contradiction(bytes, answer);
    CHECK_FOR(what.empty(), hexOf(bytes.data(), bytes.size()) + ": the user-space engine says " + what);
    taken += answer.isTaken();
  }
  CHECK(taken > 5'000);
  std::printf("kernel took %u mutated packets\n", taken);
}
