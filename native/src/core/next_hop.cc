#include "next_hop.h"

#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

namespace geneve {
namespace {

template <typename Body>
struct Request {
  nlmsghdr header;
  Body body;
  alignas(4) char attributes[64];
};

template <typename Body>
void addAttribute(Request<Body>& request, unsigned short type, const void* data, unsigned short length) {
  auto* at = reinterpret_cast<rtattr*>(reinterpret_cast<char*>(&request) + NLMSG_ALIGN(request.header.nlmsg_len));
  at->rta_type = type;
  at->rta_len = static_cast<unsigned short>(RTA_LENGTH(length));
  std::memcpy(RTA_DATA(at), data, length);
  request.header.nlmsg_len = static_cast<uint32_t>(NLMSG_ALIGN(request.header.nlmsg_len) + RTA_ALIGN(at->rta_len));
}

// One question, one answer. Null when the kernel says no; the answer lies in `buffer`.
nlmsghdr* ask(int fd, nlmsghdr& header, uint32_t sequence, char* buffer, size_t bytes) {
  header.nlmsg_seq = sequence;
  if (::send(fd, &header, header.nlmsg_len, 0) < 0) return nullptr;
  for (;;) {
    const ssize_t got = ::recv(fd, buffer, bytes, 0);
    if (got < 0) return nullptr;
    auto* answer = reinterpret_cast<nlmsghdr*>(buffer);
    if (!NLMSG_OK(answer, static_cast<unsigned>(got)) || answer->nlmsg_type == NLMSG_ERROR) return nullptr;
    if (answer->nlmsg_seq == sequence) return answer;
  }
}

int openNetlink(unsigned groups, int flags) {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);
  if (fd < 0) return -1;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

}  // namespace

bool NextHopResolver::open() {
  events_ = FileDescriptor(openNetlink(RTMGRP_NEIGH | RTMGRP_IPV4_ROUTE | RTMGRP_IPV4_IFADDR | RTMGRP_LINK, SOCK_NONBLOCK));
  query_ = FileDescriptor(openNetlink(0, 0));
  control_ = FileDescriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const timeval patience{1, 0};
  if (query_) ::setsockopt(query_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return events_ && query_ && control_;
}

void NextHopResolver::drainEvents() {
  char buffer[8192];
  // An overrun (ENOBUFS) means the same as an event: look again.
  while (::recv(events_.get(), buffer, sizeof buffer, MSG_DONTWAIT) >= 0) {
  }
}

std::optional<NextHop> NextHopResolver::resolve(uint32_t destination) {
  NextHop hop;
  hop.destination = destination;
  uint32_t gateway = destination;
  if (!route(destination, hop.interfaceIndex, gateway) || !link(hop.interfaceIndex, hop)) return std::nullopt;
  if (!neighbour(hop.interfaceIndex, gateway, hop)) return std::nullopt;
  return hop;
}

bool NextHopResolver::route(uint32_t destination, int& interfaceIndex, uint32_t& gateway) {
  Request<rtmsg> request{};
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof(rtmsg));
  request.header.nlmsg_type = RTM_GETROUTE;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.body.rtm_family = AF_INET;
  request.body.rtm_dst_len = 32;
  addAttribute(request, RTA_DST, &destination, 4);
  alignas(nlmsghdr) char buffer[4096];
  nlmsghdr* answer = ask(query_.get(), request.header, ++sequence_, buffer, sizeof buffer);
  if (answer == nullptr || answer->nlmsg_type != RTM_NEWROUTE) return false;
  auto* message = static_cast<rtmsg*>(NLMSG_DATA(answer));
  if (message->rtm_type != RTN_UNICAST) return false;
  auto length = static_cast<int>(RTM_PAYLOAD(answer));
  for (rtattr* at = RTM_RTA(message); RTA_OK(at, length); at = RTA_NEXT(at, length)) {
    if (at->rta_type == RTA_OIF) std::memcpy(&interfaceIndex, RTA_DATA(at), 4);
    if (at->rta_type == RTA_GATEWAY && RTA_PAYLOAD(at) == 4) std::memcpy(&gateway, RTA_DATA(at), 4);
    // A next hop of another family or an encapsulating route is left to the kernel.
    if (at->rta_type == RTA_VIA || at->rta_type == RTA_ENCAP) return false;
  }
  return interfaceIndex != 0;
}

// Has the kernel send its request, as a packet would: the raw socket's do not when they are too big for the device.
void NextHopResolver::askNeighbour(int interfaceIndex, uint32_t address) {
  Request<ndmsg> request{};
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof(ndmsg));
  request.header.nlmsg_type = RTM_NEWNEIGH;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK;
  request.body.ndm_family = AF_INET;
  request.body.ndm_ifindex = interfaceIndex;
  request.body.ndm_flags = NTF_USE;
  addAttribute(request, NDA_DST, &address, 4);
  alignas(nlmsghdr) char buffer[4096];
  ask(query_.get(), request.header, ++sequence_, buffer, sizeof buffer);
}

bool NextHopResolver::neighbour(int interfaceIndex, uint32_t address, NextHop& hop) {
  Request<ndmsg> request{};
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof(ndmsg));
  request.header.nlmsg_type = RTM_GETNEIGH;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.body.ndm_family = AF_INET;
  request.body.ndm_ifindex = interfaceIndex;
  addAttribute(request, NDA_DST, &address, 4);
  alignas(nlmsghdr) char buffer[4096];
  nlmsghdr* answer = ask(query_.get(), request.header, ++sequence_, buffer, sizeof buffer);
  constexpr unsigned kUsable = NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP | NUD_STALE | NUD_DELAY | NUD_PROBE;
  const bool isKnown = answer != nullptr && answer->nlmsg_type == RTM_NEWNEIGH;
  if (!isKnown || (static_cast<ndmsg*>(NLMSG_DATA(answer))->ndm_state & kUsable) == 0) {
    askNeighbour(interfaceIndex, address);
    return false;
  }
  auto* message = static_cast<ndmsg*>(NLMSG_DATA(answer));
  hop.stale = (message->ndm_state & NUD_STALE) != 0;
  bool found = false;
  auto length = static_cast<int>(answer->nlmsg_len - NLMSG_LENGTH(sizeof(ndmsg)));
  auto* first = reinterpret_cast<rtattr*>(reinterpret_cast<char*>(message) + NLMSG_ALIGN(sizeof(ndmsg)));
  for (rtattr* at = first; RTA_OK(at, length); at = RTA_NEXT(at, length)) {
    if (at->rta_type != NDA_LLADDR || RTA_PAYLOAD(at) != 6) continue;
    std::memcpy(hop.destinationMac, RTA_DATA(at), 6);
    found = true;
  }
  return found;
}

bool NextHopResolver::link(int interfaceIndex, NextHop& hop) {
  ifreq request{};
  if (::if_indextoname(static_cast<unsigned>(interfaceIndex), request.ifr_name) == nullptr) return false;
  if (::ioctl(control_.get(), SIOCGIFFLAGS, &request) != 0 || (request.ifr_flags & IFF_UP) == 0) return false;
  if (::ioctl(control_.get(), SIOCGIFHWADDR, &request) != 0 || request.ifr_hwaddr.sa_family != ARPHRD_ETHER) return false;
  std::memcpy(hop.sourceMac, request.ifr_hwaddr.sa_data, 6);
  if (::ioctl(control_.get(), SIOCGIFMTU, &request) != 0) return false;
  hop.mtu = static_cast<uint32_t>(request.ifr_mtu);
  return true;
}

}  // namespace geneve
