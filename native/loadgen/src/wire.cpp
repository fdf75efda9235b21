#include "wire.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>

#include "arguments.hpp"

uint64_t sumWords(const uint8_t* bytes, size_t length, uint64_t sum) {
  size_t at = 0;
  for (; at + 1 < length; at += 2) sum += get16(bytes + at);
  if (at < length) sum += static_cast<uint64_t>(bytes[at]) << 8;
  return sum;
}

uint16_t foldChecksum(uint64_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

uint64_t nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

namespace {

ifreq requestFor(const std::string& name) {
  if (name.size() >= IFNAMSIZ) usageError("interface name too long: " + name);
  ifreq request{};
  std::memcpy(request.ifr_name, name.c_str(), name.size());
  return request;
}

int controlSocket() {
  static const int socketFd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socketFd < 0) fail("socket");
  return socketFd;
}

}  // namespace

Interface lookUpInterface(const std::string& name) {
  Interface found;
  ifreq request = requestFor(name);
  if (ioctl(controlSocket(), SIOCGIFINDEX, &request) < 0) fail("interface " + name);
  found.index = request.ifr_ifindex;
  request = requestFor(name);
  if (ioctl(controlSocket(), SIOCGIFHWADDR, &request) < 0) fail("hardware address of " + name);
  std::memcpy(found.mac.data(), request.ifr_hwaddr.sa_data, 6);
  request = requestFor(name);
  if (ioctl(controlSocket(), SIOCGIFADDR, &request) == 0)
    found.address = ntohl(reinterpret_cast<sockaddr_in*>(&request.ifr_addr)->sin_addr.s_addr);
  return found;
}

Mac resolveNeighbour(const std::string& interface, uint32_t address) {
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_addr.s_addr = htonl(address);
  target.sin_port = htons(9);
  for (int attempt = 0; attempt < 200; attempt++) {
    if (attempt % 20 == 0)
      sendto(controlSocket(), "", 1, 0, reinterpret_cast<sockaddr*>(&target), sizeof(target));
    arpreq request{};
    std::memcpy(&request.arp_pa, &target, sizeof(target));
    std::snprintf(request.arp_dev, sizeof(request.arp_dev), "%s", interface.c_str());
    if (ioctl(controlSocket(), SIOCGARP, &request) == 0 && (request.arp_flags & ATF_COM) != 0) {
      Mac mac;
      std::memcpy(mac.data(), request.arp_ha.sa_data, 6);
      return mac;
    }
    usleep(10'000);
  }
  fail("no neighbour answers for the target on " + interface);
}

uint32_t parseAddress(const std::string& text) {
  in_addr address{};
  if (inet_pton(AF_INET, text.c_str(), &address) != 1) usageError(text + " is not an IPv4 address");
  return ntohl(address.s_addr);
}

int openTunQueue(const std::string& name, int extraFlags) {
  const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (fd < 0) fail("/dev/net/tun");
  ifreq request = requestFor(name);
  request.ifr_flags = static_cast<short>(IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE | extraFlags);
  if (ioctl(fd, TUNSETIFF, &request) < 0) fail("tun device " + name);
  return fd;
}

void bringUp(const std::string& name, int mtu) {
  ifreq request = requestFor(name);
  request.ifr_mtu = mtu;
  if (ioctl(controlSocket(), SIOCSIFMTU, &request) < 0) fail("MTU of " + name);
  request = requestFor(name);
  if (ioctl(controlSocket(), SIOCGIFFLAGS, &request) < 0) fail("flags of " + name);
  request.ifr_flags |= IFF_UP;
  if (ioctl(controlSocket(), SIOCSIFFLAGS, &request) < 0) fail("flags of " + name);
}

std::string endpointSuffix(uint64_t endpoint) {
  static constexpr char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX";
  std::string text;
  do {
    text.push_back(digits[endpoint % 60]);
    endpoint /= 60;
  } while (endpoint > 0);
  std::reverse(text.begin(), text.end());
  return text;
}

double processCpuSeconds(int pid) {
  const std::string folder = "/proc/" + std::to_string(pid) + "/task";
  DIR* tasks = opendir(folder.c_str());
  if (tasks == nullptr) return 0;
  double total = 0;
  while (const dirent* entry = readdir(tasks)) {
    if (entry->d_name[0] == '.') continue;
    std::ifstream file(folder + "/" + entry->d_name + "/schedstat");
    double running = 0;
    if (file >> running) total += running / 1e9;
  }
  closedir(tasks);
  return total;
}
