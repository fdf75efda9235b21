// The yardstick of the benchmarks: a tunnel handler with the system calls, threads and tables of the C++ original.
// A UDP thread waits in select, then takes packets one recvmsg at a time until there are none, and writes each to the
// endpoint's tun device through a queue of its own. A tunnel thread waits in select, reads one packet, looks its flow up and
// sends it with one sendto on a raw socket. Flows are in a hash table behind mutexes; each entry owns its Geneve header.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "arguments.hpp"
#include "wire.hpp"

namespace {

constexpr char usage[] =
    "reference_loop [--udp-threads N] [--tun-threads N] [--cores LIST] [--hook COMMAND]\n"
    "  --udp-threads N   default 1\n"
    "  --tun-threads N   for each of the two devices of an endpoint, default 1\n"
    "  --cores LIST      pin the process's threads to these cores\n"
    "  --hook COMMAND    run as COMMAND CREATE gwi-X gwo-X for a new endpoint\n";

std::atomic<bool> running{true};
std::atomic<uint64_t> received{0}, returned{0}, unknown{0};

struct FlowKey {
  std::array<uint8_t, 40> bytes{};
  bool operator==(const FlowKey& other) const = default;
};

struct FlowKeyHash {
  size_t operator()(const FlowKey& key) const {
    uint64_t value = 0;
    for (size_t at = 0; at < key.bytes.size(); at += 8) {
      uint64_t word;
      std::memcpy(&word, key.bytes.data() + at, 8);
      value += word;
    }
    return value * 0x9e3779b97f4a7c15;
  }
};

struct FlowEntry {
  std::vector<uint8_t> header;
  uint32_t source = 0, destination = 0;
  uint16_t sourcePort = 0;
  uint64_t lastUse = 0;
};

/** Protocol, addresses and ports (TCP and UDP), the same for both directions. */
FlowKey keyOf(const uint8_t* packet, size_t length) {
  FlowKey key;
  const bool v6 = packet[0] >> 4 == 6;
  const size_t addressBytes = v6 ? 16 : 4, at = v6 ? 8 : 12, transport = v6 ? 40 : 4u * (packet[0] & 15);
  const uint8_t protocol = v6 ? packet[6] : packet[9];
  uint32_t sourcePort = 0, destinationPort = 0;
  if ((protocol == 6 || protocol == 17) && length >= transport + 4) {
    sourcePort = get16(packet + transport);
    destinationPort = get16(packet + transport + 2);
  }
  const int order = std::memcmp(packet + at, packet + at + addressBytes, addressBytes);
  const bool swap = order > 0 || (order == 0 && sourcePort > destinationPort);
  std::memcpy(key.bytes.data(), packet + at + (swap ? addressBytes : 0), addressBytes);
  std::memcpy(key.bytes.data() + 16, packet + at + (swap ? 0 : addressBytes), addressBytes);
  put16(key.bytes.data() + 32, swap ? destinationPort : sourcePort);
  put16(key.bytes.data() + 34, swap ? sourcePort : destinationPort);
  key.bytes[36] = protocol;
  return key;
}

/** A hash table in parts, each behind a mutex, as a concurrent map has it inside. */
class FlowTable {
 public:
  void store(const FlowKey& key, FlowEntry entry) {
    Part& part = partOf(key);
    const std::lock_guard<std::mutex> guard(part.mutex);
    part.entries[key] = std::move(entry);
  }
  bool find(const FlowKey& key, FlowEntry& out) {
    Part& part = partOf(key);
    const std::lock_guard<std::mutex> guard(part.mutex);
    const auto found = part.entries.find(key);
    if (found == part.entries.end()) return false;
    found->second.lastUse = nanoseconds();
    out = found->second;
    return true;
  }

 private:
  struct Part {
    std::mutex mutex;
    std::unordered_map<FlowKey, FlowEntry, FlowKeyHash> entries;
  };
  Part& partOf(const FlowKey& key) { return parts_[FlowKeyHash{}(key) >> 56 & 63]; }
  std::array<Part, 64> parts_;
};

bool waitReadable(int fd) {
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(fd, &readable);
  timeval timeout{1, 0};
  return select(fd + 1, &readable, nullptr, nullptr, &timeout) > 0 && FD_ISSET(fd, &readable);
}

class Endpoint {
 public:
  Endpoint(uint64_t id, int tunThreads, const std::string& hook)
      : ingress_("gwi-" + endpointSuffix(id)), egress_("gwo-" + endpointSuffix(id)) {
    raw_ = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (raw_ < 0) fail("raw socket");
    for (const std::string& device : {ingress_, egress_}) {
      for (int index = 0; index < tunThreads; index++) {
        const int fd = openTunQueue(device);
        threads_.emplace_back([this, fd] { readLoop(fd); });
      }
      bringUp(device, 8500);
    }
    if (hook.empty()) return;
    const std::string command = hook + " CREATE " + ingress_ + " " + egress_;
    if (std::system(command.c_str()) != 0) std::fprintf(stderr, "hook failed\n");
  }
  ~Endpoint() {
    for (std::thread& thread : threads_) thread.join();
  }

  void deliver(const uint8_t* geneve, size_t headerBytes, const uint8_t* inner, size_t length, uint32_t source,
               uint32_t destination, uint16_t sourcePort) {
    flows_.store(keyOf(inner, length),
                 {std::vector<uint8_t>(geneve, geneve + headerBytes), source, destination, sourcePort, nanoseconds()});
    if (write(writerHandle(), inner, length) != static_cast<ssize_t>(length)) unknown++;
  }

 private:
  int writerHandle() {
    {
      const std::shared_lock<std::shared_mutex> guard(writersMutex_);
      const auto found = writers_.find(pthread_self());
      if (found != writers_.end()) return found->second;
    }
    const std::unique_lock<std::shared_mutex> guard(writersMutex_);
    return writers_[pthread_self()] = openTunQueue(ingress_);
  }

  void readLoop(int fd) {
    std::vector<uint8_t> buffer(65'536);
    while (running) {
      if (!waitReadable(fd)) continue;
      const ssize_t length = read(fd, buffer.data(), buffer.size());
      if (length >= 20) sendBack(buffer.data(), static_cast<size_t>(length));
    }
  }

  void sendBack(const uint8_t* inner, size_t length) {
    FlowEntry flow;
    if (!flows_.find(keyOf(inner, length), flow)) {
      unknown++;
      return;
    }
    uint8_t packet[16'000];
    const size_t total = 28 + flow.header.size() + length;
    if (total > sizeof(packet)) return;
    std::memset(packet, 0, 28);
    packet[0] = 0x45;
    put16(packet + 2, static_cast<uint32_t>(total));
    packet[8] = 64;
    packet[9] = IPPROTO_UDP;
    put32(packet + 12, flow.destination);
    put32(packet + 16, flow.source);
    put16(packet + 20, flow.sourcePort);
    put16(packet + 22, genevePort);
    put16(packet + 24, static_cast<uint32_t>(total - 20));
    std::memcpy(packet + 28, flow.header.data(), flow.header.size());
    std::memcpy(packet + 28 + flow.header.size(), inner, length);
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_addr.s_addr = htonl(flow.source);
    if (sendto(raw_, packet, total, 0, reinterpret_cast<sockaddr*>(&target), sizeof(target)) > 0) returned++;
  }

  std::string ingress_, egress_;
  int raw_ = -1;
  FlowTable flows_;
  std::shared_mutex writersMutex_;
  std::map<pthread_t, int> writers_;
  std::vector<std::thread> threads_;
};

class Endpoints {
 public:
  Endpoints(int tunThreads, std::string hook) : tunThreads_(tunThreads), hook_(std::move(hook)) {}
  std::shared_ptr<Endpoint> of(uint64_t id) {
    {
      const std::shared_lock<std::shared_mutex> guard(mutex_);
      const auto found = map_.find(id);
      if (found != map_.end()) return found->second;
    }
    const std::unique_lock<std::shared_mutex> guard(mutex_);
    auto& slot = map_[id];
    if (!slot) slot = std::make_shared<Endpoint>(id, tunThreads_, hook_);
    return slot;
  }

 private:
  int tunThreads_;
  std::string hook_;
  std::shared_mutex mutex_;
  std::unordered_map<uint64_t, std::shared_ptr<Endpoint>> map_;
};

int openUdp() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 ||
      setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0)
    fail("UDP socket");
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_port = htons(genevePort);
  if (bind(fd, reinterpret_cast<sockaddr*>(&local), sizeof(local)) < 0) fail("UDP port 6081");
  return fd;
}

void handle(Endpoints& endpoints, const uint8_t* bytes, size_t length, const sockaddr_in& from, uint32_t to) {
  if (length < 8 || (bytes[0] & 0xc0) != 0) return;
  const size_t headerBytes = 8 + 4u * (bytes[0] & 0x3f);
  if (headerBytes + 20 > length) return;
  uint64_t id = 0;
  for (size_t at = 8; at + 4 <= headerBytes; at += 4 + 4u * (bytes[at + 3] & 0x1f))
    if (get16(bytes + at) == 0x0108 && bytes[at + 2] == 1 && at + 12 <= headerBytes) id = get64(bytes + at + 4);
  if (id == 0) return;
  endpoints.of(id)->deliver(bytes, headerBytes, bytes + headerBytes, length - headerBytes,
                            ntohl(from.sin_addr.s_addr), to, ntohs(from.sin_port));
}

void udpLoop(Endpoints& endpoints, int fd) {
  std::vector<uint8_t> buffer(65'536);
  std::array<uint8_t, 2048> control{};
  sockaddr_in from{};
  iovec vector{buffer.data(), buffer.size()};
  while (running) {
    if (!waitReadable(fd)) continue;
    while (true) {
      msghdr message{};
      message.msg_name = &from;
      message.msg_namelen = sizeof(from);
      message.msg_iov = &vector;
      message.msg_iovlen = 1;
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      const ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
      if (length <= 0) break;
      received++;
      for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != IPPROTO_IP || header->cmsg_type != IP_PKTINFO) continue;
        in_pktinfo info{};
        std::memcpy(&info, CMSG_DATA(header), sizeof(info));
        handle(endpoints, buffer.data(), static_cast<size_t>(length), from, ntohl(info.ipi_spec_dst.s_addr));
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, usage, {"udp-threads", "tun-threads", "cores", "hook"}, {});
  if (arguments.has("cores")) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    for (const std::string& core : arguments.list("cores", "0")) CPU_SET(std::stoul(core), &cores);
    if (sched_setaffinity(0, sizeof(cores), &cores) < 0) fail("cores");
  }
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  Endpoints endpoints(static_cast<int>(arguments.number("tun-threads", 1)), arguments.text("hook", ""));
  std::vector<std::thread> threads;
  for (uint64_t index = 0; index < arguments.number("udp-threads", 1); index++)
    threads.emplace_back([&endpoints, fd = openUdp()] { udpLoop(endpoints, fd); });
  std::printf("ready\n");
  std::fflush(stdout);
  int signalNumber = 0;
  sigwait(&ending, &signalNumber);
  running = false;
  for (std::thread& thread : threads) thread.join();
  std::printf("{\"received\":%lu,\"returned\":%lu,\"unknown\":%lu}\n", received.load(), returned.load(), unknown.load());
  return 0;
}
