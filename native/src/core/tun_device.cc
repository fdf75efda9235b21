#include "tun_device.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "virtio_header.h"

#ifndef IFF_TUN_EXCL
#define IFF_TUN_EXCL 0x8000
#endif

namespace geneve {
namespace {

// Packets that wait for a reader in each queue: room for what several lanes write before one of them reads.
constexpr int kTransmitQueueLength = 2048;

bool attach(const char* name, short flags, FileDescriptor& fd, ifreq& request) {
  fd = FileDescriptor(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return false;
  std::memset(&request, 0, sizeof request);
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  request.ifr_flags = flags;
  return ::ioctl(fd.get(), TUNSETIFF, &request) == 0;
}

unsigned offloadsOf(const TunFeatures& features) {
  unsigned bits = 0;
  if (features.tso) bits |= kTunOffloadChecksum | kTunOffloadTso4 | kTunOffloadTso6;
  if (features.uso) bits |= kTunOffloadUso4 | kTunOffloadUso6;
  return bits;
}

short baseFlags(const TunFeatures& features) {
  return static_cast<short>(IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE | (features.vnetHeader ? IFF_VNET_HDR : 0));
}

bool openQueues(const std::string& name, unsigned queues, const TunFeatures& features, bool isNew, TunDevice& device,
                ifreq& request, std::string& failedCall) {
  device.name = name;
  device.queues.clear();
  for (unsigned i = 0; i < queues; ++i) {
    FileDescriptor fd;
    const short flags = static_cast<short>(baseFlags(features) | (isNew && i == 0 ? IFF_TUN_EXCL : 0));
    if (!attach(name.c_str(), flags, fd, request)) {
      failedCall = "TUNSETIFF " + name;
      return false;
    }
    if (features.tso && ::ioctl(fd.get(), TUNSETOFFLOAD, offloadsOf(features)) != 0) {
      failedCall = "TUNSETOFFLOAD " + name;
      return false;
    }
    device.queues.push_back(std::move(fd));
  }
  return true;
}

}  // namespace

bool probeTun(bool offload, TunFeatures& features, std::string& failedCall) {
  features = {};
  FileDescriptor fd;
  ifreq request;
  const short base = IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE;
  if (offload && attach("gwprobe%d", base | IFF_VNET_HDR, fd, request)) {
    features.vnetHeader = true;
    // TCP since Linux 2.6.27, UDP since 6.2: asked one after the other.
    TunFeatures wanted{true, true, true};
    if (::ioctl(fd.get(), TUNSETOFFLOAD, offloadsOf(wanted)) == 0) {
      features = wanted;
    } else {
      wanted.uso = false;
      if (::ioctl(fd.get(), TUNSETOFFLOAD, offloadsOf(wanted)) == 0) features = wanted;
    }
    return true;
  }
  if (attach("gwprobe%d", base, fd, request)) return true;
  failedCall = fd ? "TUNSETIFF" : "open /dev/net/tun";
  return false;
}

bool createTun(const std::string& name, unsigned queues, unsigned mtu, const TunFeatures& features, TunDevice& device,
               std::string& failedCall) {
  ifreq request;
  if (!openQueues(name, queues, features, true, device, request, failedCall)) return false;
  device.index = ::if_nametoindex(name.c_str());
  const FileDescriptor control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto set = [&](unsigned long call, const char* what) {
    if (::ioctl(control.get(), call, &request) == 0) return true;
    failedCall = std::string(what) + " " + name;
    return false;
  };
  request.ifr_mtu = static_cast<int>(mtu);
  if (!set(SIOCSIFMTU, "set MTU of")) return false;
  request.ifr_qlen = kTransmitQueueLength;
  if (!set(SIOCSIFTXQLEN, "set queue length of")) return false;
  if (!set(SIOCGIFFLAGS, "flags of")) return false;
  request.ifr_flags |= IFF_UP;
  return set(SIOCSIFFLAGS, "bring up");
}

bool adoptTun(const std::string& name, unsigned index, unsigned queues, const TunFeatures& features, TunDevice& device,
              std::string& failedCall) {
  failedCall = "adopt " + name;
  // Asked first: the next call would make what is not there.
  if (::if_nametoindex(name.c_str()) != index) {
    errno = ENODEV;
    return false;
  }
  ifreq request;
  if (!openQueues(name, queues, features, false, device, request, failedCall)) return false;
  device.index = index;
  return true;
}

bool setPersistent(const TunDevice& device, bool on) {
  return !device.queues.empty() && ::ioctl(device.queues[0].get(), TUNSETPERSIST, on ? 1UL : 0UL) == 0;
}

bool removeTun(const std::string& name) {
  ifreq request{};
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  const FileDescriptor fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE;
  if (!fd || ::ioctl(fd.get(), TUNSETIFF, &request) != 0) return false;
  return ::ioctl(fd.get(), TUNSETPERSIST, 0UL) == 0;
}

}  // namespace geneve
