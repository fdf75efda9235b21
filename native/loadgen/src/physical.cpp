// What the machine can do at most, one step of a tunnel handler at a time: the floor under every figure of the benchmarks.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "wire.hpp"

namespace {

constexpr char usage[] =
    "physical MODE [options]: CPU microseconds a packet of one step alone, as JSON\n"
    "  recvmmsg    receive on UDP 6081; feed it with geneve_load --no-receive\n"
    "  tun-write   write one packet a call to a tun device, which routing drops\n"
    "  tun-read    read one packet a call from a tun device; this program fills it with sendmmsg, not counted\n"
    "  send        send packets of --bytes to --to:6081 with sendmmsg on a raw socket\n"
    "options:\n"
    "  --seconds S   default 2\n"
    "  --bytes N     inner packet, default 512 (40 bytes of Geneve header are added where there is one)\n"
    "  --batch N     default 64; 1 measures recvmsg and sendto\n"
    "  --to ADDRESS  of send\n"
    "  --device NAME of the tun device, default phy0\n";

double threadCpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void print(const std::string& mode, uint64_t packets, double seconds, double cpu) {
  std::printf("{\"mode\":\"%s\",\"packets\":%" PRIu64
              ",\"packetsPerSecond\":%.0f,\"cpuMicrosecondsPerPacket\":%.4f}\n",
              mode.c_str(), packets, static_cast<double>(packets) / seconds,
              packets == 0 ? 0.0 : cpu * 1e6 / static_cast<double>(packets));
}

struct Batch {
  Batch(size_t count, size_t bytes) : storage(count * bytes), vectors(count), messages(count) {
    for (size_t index = 0; index < count; index++) {
      vectors[index] = {storage.data() + index * bytes, bytes};
      messages[index] = {};
      messages[index].msg_hdr.msg_iov = &vectors[index];
      messages[index].msg_hdr.msg_iovlen = 1;
    }
  }
  std::vector<uint8_t> storage;
  std::vector<iovec> vectors;
  std::vector<mmsghdr> messages;
};

void receive(double seconds, size_t batchSize) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  const int bufferBytes = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bufferBytes, sizeof(bufferBytes));
  setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_port = htons(genevePort);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&local), sizeof(local)) < 0) fail("UDP port 6081");
  std::printf("ready\n");
  std::fflush(stdout);
  Batch batch(batchSize, 9216);
  uint64_t packets = 0, start = 0, end = UINT64_MAX;
  double cpuStart = 0;
  while (nanoseconds() < end) {
    const int got = recvmmsg(fd, batch.messages.data(), static_cast<unsigned>(batchSize), MSG_DONTWAIT, nullptr);
    if (got <= 0) {
      pollfd readable{fd, POLLIN, 0};
      poll(&readable, 1, 100);
      continue;
    }
    if (start == 0) {
      start = nanoseconds();
      end = start + static_cast<uint64_t>(seconds * 1e9);
      cpuStart = threadCpuSeconds();
      continue;
    }
    packets += static_cast<uint64_t>(got);
  }
  print("recvmmsg", packets, static_cast<double>(nanoseconds() - start) / 1e9, threadCpuSeconds() - cpuStart);
}

/** An IPv4 UDP packet from and to networks that lead nowhere. */
std::vector<uint8_t> innerPacket(size_t bytes, uint32_t source, uint32_t destination) {
  std::vector<uint8_t> packet(bytes, 0x5a);
  std::memset(packet.data(), 0, 28);
  packet[0] = 0x45;
  put16(packet.data() + 2, static_cast<uint32_t>(bytes));
  packet[8] = 64;
  packet[9] = IPPROTO_UDP;
  put32(packet.data() + 12, source);
  put32(packet.data() + 16, destination);
  put16(packet.data() + 10, foldChecksum(sumWords(packet.data(), 20)));
  put16(packet.data() + 20, 1000);
  put16(packet.data() + 22, 1001);
  put16(packet.data() + 24, static_cast<uint32_t>(bytes - 20));
  return packet;
}

int openDevice(const std::string& name) {
  const int fd = openTunQueue(name);
  bringUp(name, 9001);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

void tunWrite(double seconds, size_t bytes, const std::string& device) {
  const int fd = openDevice(device);
  const auto packet = innerPacket(bytes, 0x0a400001, 0xc6120001);
  const uint64_t start = nanoseconds();
  const uint64_t end = start + static_cast<uint64_t>(seconds * 1e9);
  const double cpuStart = threadCpuSeconds();
  uint64_t packets = 0;
  while (nanoseconds() < end)
    for (int index = 0; index < 64; index++)
      if (write(fd, packet.data(), packet.size()) > 0) packets++;
  print("tun-write", packets, static_cast<double>(nanoseconds() - start) / 1e9, threadCpuSeconds() - cpuStart);
}

/** Fills the device's queue from a packet socket, then reads it empty; only the reading is timed. */
void tunRead(double seconds, size_t bytes, const std::string& device) {
  const int fd = openDevice(device);
  const Interface interface = lookUpInterface(device);
  const int injector = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (injector < 0) fail("packet socket");
  setsockopt(injector, SOL_PACKET, 20 /* PACKET_QDISC_BYPASS */, &on, sizeof(on));
  struct {
    uint16_t family, protocol;
    int32_t index;
    uint16_t hardware;
    uint8_t kind, length, address[8];
  } target{AF_PACKET, htons(0x0800), interface.index, 0, 0, 0, {}};
  Batch batch(64, bytes);
  const auto packet = innerPacket(bytes, 0x0a400001, 0xc6120001);
  for (size_t index = 0; index < 64; index++) {
    std::memcpy(batch.vectors[index].iov_base, packet.data(), bytes);
    batch.messages[index].msg_hdr.msg_name = &target;
    batch.messages[index].msg_hdr.msg_namelen = 20;
  }
  std::vector<uint8_t> buffer(65'536);
  const uint64_t end = nanoseconds() + static_cast<uint64_t>(seconds * 1e9);
  uint64_t packets = 0, reading = 0;
  double cpu = 0;
  while (nanoseconds() < end) {
    for (int round = 0; round < 6; round++) sendmmsg(injector, batch.messages.data(), 64, 0);
    const uint64_t start = nanoseconds();
    const double cpuStart = threadCpuSeconds();
    while (read(fd, buffer.data(), buffer.size()) > 0) packets++;
    cpu += threadCpuSeconds() - cpuStart;
    reading += nanoseconds() - start;
  }
  print("tun-read", packets, static_cast<double>(reading) / 1e9, cpu);
}

void sendRaw(double seconds, size_t bytes, size_t batchSize, uint32_t destination) {
  const int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
  if (fd < 0) fail("raw socket");
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_addr.s_addr = htonl(destination);
  const auto packet = innerPacket(28 + 40 + bytes, 0, destination);
  Batch batch(batchSize, packet.size());
  for (size_t index = 0; index < batchSize; index++) {
    std::memcpy(batch.vectors[index].iov_base, packet.data(), packet.size());
    put16(static_cast<uint8_t*>(batch.vectors[index].iov_base) + 22, genevePort);
    batch.messages[index].msg_hdr.msg_name = &target;
    batch.messages[index].msg_hdr.msg_namelen = sizeof(target);
  }
  const uint64_t start = nanoseconds();
  const uint64_t end = start + static_cast<uint64_t>(seconds * 1e9);
  const double cpuStart = threadCpuSeconds();
  uint64_t packets = 0;
  while (nanoseconds() < end) {
    const int sent = sendmmsg(fd, batch.messages.data(), static_cast<unsigned>(batchSize), 0);
    if (sent > 0) packets += static_cast<uint64_t>(sent);
    else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR) fail("sendmmsg");
  }
  print("send", packets, static_cast<double>(nanoseconds() - start) / 1e9, threadCpuSeconds() - cpuStart);
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, usage, {"seconds", "bytes", "batch", "to", "device"}, {});
  const double seconds = arguments.real("seconds", 2);
  const size_t bytes = arguments.number("bytes", 512);
  const size_t batch = arguments.number("batch", 64);
  const std::string device = arguments.text("device", "phy0");
  if (bytes < 28 || bytes > 9000 || batch == 0 || batch > 1024) usageError("--bytes is 28 to 9000, --batch 1 to 1024");
  if (arguments.mode() == "recvmmsg") receive(seconds, batch);
  else if (arguments.mode() == "tun-write") tunWrite(seconds, bytes, device);
  else if (arguments.mode() == "tun-read") tunRead(seconds, bytes, device);
  else if (arguments.mode() == "send") sendRaw(seconds, bytes, batch, parseAddress(arguments.required("to")));
  else usageError("give a mode: recvmmsg, tun-write, tun-read or send");
  return 0;
}
