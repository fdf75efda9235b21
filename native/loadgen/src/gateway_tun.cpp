// A load balancer for real connections: what is routed into its tun device goes to the appliance as Geneve, and what the
// appliance returns comes out of the device again.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "wire.hpp"

namespace {

constexpr char usage[] =
    "gateway_tun --from ADDRESS --to ADDRESS [--device gw0] [--mtu 8500] [--endpoint HEX]\n"
    "            [--drop N] [--double N] [--late N] [--seed N]   one packet in N, in each direction; 0: none\n";

constexpr size_t headerBytes = 40;

/** A bad network: drops one packet in so many, sends one twice, or lets one wait until three others have passed. */
class Trouble {
 public:
  Trouble(const Arguments& arguments, uint64_t seed)
      : drop_(arguments.number("drop", 0)),
        twice_(arguments.number("double", 0)),
        late_(arguments.number("late", 0)),
        state_(seed * 0x9e3779b97f4a7c15 + 1) {}

  template <typename Send>
  void pass(const uint8_t* bytes, size_t length, Send send) {
    if (!waiting_.empty() && --patience_ == 0) {
      send(waiting_.data(), waiting_.size());
      waiting_.clear();
    }
    if (oneIn(drop_)) return;
    if (waiting_.empty() && oneIn(late_)) {
      waiting_.assign(bytes, bytes + length);
      patience_ = 3;
      return;
    }
    send(bytes, length);
    if (oneIn(twice_)) send(bytes, length);
  }

 private:
  bool oneIn(uint64_t count) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return count != 0 && state_ % count == 0;
  }
  uint64_t drop_, twice_, late_, state_;
  std::vector<uint8_t> waiting_;
  int patience_ = 0;
};

/** The same for both directions of a connection: sums of both ends. */
uint32_t cookieOf(const uint8_t* packet, size_t length) {
  const bool v6 = packet[0] >> 4 == 6;
  const size_t addresses = v6 ? 8 : 12, addressBytes = v6 ? 32 : 8, transport = v6 ? 40 : 4u * (packet[0] & 15);
  const uint8_t protocol = v6 ? packet[6] : packet[9];
  uint32_t sum = protocol;
  for (size_t at = 0; at < addressBytes; at += 2) sum += get16(packet + addresses + at);
  if ((protocol == 6 || protocol == 17) && length >= transport + 4)
    sum += get16(packet + transport) * 31u + get16(packet + transport + 2) * 31u;
  return sum * 2654435761u;
}

std::array<uint8_t, headerBytes> headerFor(const uint8_t* packet, size_t length, uint64_t endpoint) {
  std::array<uint8_t, headerBytes> header{};
  header[0] = 8;
  put16(header.data() + 2, packet[0] >> 4 == 6 ? 0x86dd : 0x0800);
  put32(header.data() + 8, 0x01080102);
  put64(header.data() + 12, endpoint);
  put32(header.data() + 20, 0x01080202);
  put64(header.data() + 24, 0x1122334455667788);
  put32(header.data() + 32, 0x01080301);
  put32(header.data() + 36, cookieOf(packet, length));
  return header;
}

int openUdp(uint32_t local, uint16_t port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int bufferBytes = 8 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bufferBytes, sizeof(bufferBytes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(local);
  address.sin_port = htons(port);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) < 0) fail("UDP port");
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, usage, {"from", "to", "device", "mtu", "endpoint", "drop", "double", "late", "seed"}, {});
  const uint64_t endpoint = std::stoull(arguments.text("endpoint", "0x0123456789ab0000"), nullptr, 16);
  const std::string device = arguments.text("device", "gw0");
  const uint32_t local = parseAddress(arguments.required("from"));
  const int tun = openTunQueue(device);
  bringUp(device, static_cast<int>(arguments.number("mtu", 8500)));
  fcntl(tun, F_SETFL, fcntl(tun, F_GETFL) | O_NONBLOCK);
  const int out = openUdp(local, 50'123);
  const int in = openUdp(local, genevePort);
  sockaddr_in appliance{};
  appliance.sin_family = AF_INET;
  appliance.sin_addr.s_addr = htonl(parseAddress(arguments.required("to")));
  appliance.sin_port = htons(genevePort);
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  sigprocmask(SIG_BLOCK, &ending, nullptr);
  const int signals = signalfd(-1, &ending, SFD_CLOEXEC);
  std::printf("ready\n");
  std::fflush(stdout);

  std::vector<uint8_t> buffer(70'000);
  const uint64_t seed = arguments.number("seed", 1);
  Trouble there(arguments, seed), back(arguments, seed + 1);
  uint64_t sent = 0, returned = 0, wrong = 0;
  std::array<pollfd, 3> ready{{{tun, POLLIN, 0}, {in, POLLIN, 0}, {signals, POLLIN, 0}}};
  while (ready[2].revents == 0) {
    poll(ready.data(), ready.size(), -1);
    for (int count = 0; count < 64; count++) {
      const ssize_t length = read(tun, buffer.data() + headerBytes, buffer.size() - headerBytes);
      if (length < 20) break;
      const auto bytes = static_cast<size_t>(length);
      const auto header = headerFor(buffer.data() + headerBytes, bytes, endpoint);
      std::memcpy(buffer.data(), header.data(), headerBytes);
      there.pass(buffer.data(), headerBytes + bytes, [&](const uint8_t* packet, size_t size) {
        if (sendto(out, packet, size, 0, reinterpret_cast<sockaddr*>(&appliance), sizeof(appliance)) > 0) sent++;
      });
    }
    for (int count = 0; count < 64; count++) {
      const ssize_t length = recv(in, buffer.data(), buffer.size(), 0);
      if (length < 0) break;
      const auto bytes = static_cast<size_t>(length);
      if (bytes < headerBytes + 20) {
        wrong++;
        continue;
      }
      const auto header = headerFor(buffer.data() + headerBytes, bytes - headerBytes, endpoint);
      // An ICMP error of the appliance belongs to the connection it quotes; its own addresses say nothing.
      const uint8_t* inner = buffer.data() + headerBytes;
      const bool error = inner[0] >> 4 == 6 ? inner[6] == 58 : inner[9] == 1;
      if (!error && std::memcmp(buffer.data(), header.data(), headerBytes) != 0) {
        wrong++;
        continue;
      }
      back.pass(inner, bytes - headerBytes, [&](const uint8_t* packet, size_t size) {
        if (write(tun, packet, size) > 0) returned++;
      });
    }
  }
  std::printf("{\"sent\":%" PRIu64 ",\"returned\":%" PRIu64 ",\"wrong\":%" PRIu64 "}\n", sent, returned, wrong);
  return 0;
}
