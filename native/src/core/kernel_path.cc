#include "kernel_path.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <linux/types.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "engine_state.h"

namespace geneve {
namespace wire {
#include "../../bpf/datapath.h"
}  // namespace wire

namespace {

#include "bpf_programs.inc"

constexpr uint32_t kLeastFlows = 1024;
constexpr uint32_t kMostHops = 1024;
constexpr uint32_t kMostDatagrams = 16'384;
constexpr uint64_t kDatagramNs = 30'000'000'000;  ///< FRAGMENT_NS of the programs.

static_assert(sizeof(wire::flow_key) == sizeof(FlowKey));

bool isCacheable(const FlowValue& value) {
  if (value.headerLength != GENEVE_BYTES) return false;
  const auto word = [&](size_t at) { return load32(&value.header[at]); };
  return (word(0) & 0xffff0000) == 0x08000000 && word(8) == 0x01080102 && word(20) == 0x01080202 && word(32) == 0x01080301;
}

// The option's bytes: ids are kept as big-endian numbers.
uint64_t onTheWire(uint64_t eni) { return __builtin_bswap64(eni); }

uint64_t coarseNs() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

std::string because(const char* what) { return std::string(what) + ": " + std::strerror(errno); }

bool isVeth(unsigned device) {
  ethtool_drvinfo driver{};
  driver.cmd = ETHTOOL_GDRVINFO;
  ifreq request{};
  request.ifr_data = reinterpret_cast<char*>(&driver);
  const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::if_indextoname(device, request.ifr_name) == nullptr || ::ioctl(socket.get(), SIOCETHTOOL, &request) != 0) return false;
  return std::strncmp(driver.driver, "veth", sizeof driver.driver) == 0;
}

bool isBefore(unsigned major, unsigned minor) {
  utsname names{};
  unsigned has[2] = {};
  if (::uname(&names) != 0 || std::sscanf(names.release, "%u.%u", &has[0], &has[1]) != 2) return true;
  return has[0] < major || (has[0] == major && has[1] < minor);
}

}  // namespace

std::unique_ptr<KernelPath> KernelPath::open(const EngineConfig& config, std::string& reason, int& error) {
  std::unique_ptr<KernelPath> path(new KernelPath);
  if (path->load(config, reason)) return path;
  error = errno;
  return nullptr;
}

void KernelPath::close() {
  const std::lock_guard guard(mutex_);
  if (std::exchange(closed_, true)) return;
  std::string unused;
  // Nobody is there to read what the programs would go on capturing.
  if (capturePoints_ != 0) setCapture(0, 1, 0, 0, unused);
  if (!keep_) remove();
  attached_.clear();
  pins_.release();
}

void KernelPath::remove() {
  setEnabled(false);
  if (pins_) pins_.clear();
  for (auto& [device, attached] : attached_)
    if (attached.byClsact) detachClsact(device, !attached.isOuter);
}

bool KernelPath::load(const EngineConfig& config, std::string& reason) {
  // Before 5.11 maps count as locked memory.
  const rlimit most{RLIM_INFINITY, RLIM_INFINITY};
  if (isBefore(5, 11)) ::setrlimit(RLIMIT_MEMLOCK, &most);
  cpus_ = possibleCpus();
  port_ = config.port;
  keepDscp_ = config.keepDscp;
  skipsVeth_ = config.datapath == Datapath::kAuto && config.kernelAttach == KernelAttach::kAuto;
  idleNs_ = uint64_t{config.flowIdleSeconds} * 1'000'000'000;
  clsact_ = config.kernelAttach == KernelAttach::kClsact || config.kernelAttach == KernelAttach::kClsactOldIpv6 ||
            (config.kernelAttach == KernelAttach::kAuto && isBefore(6, 6));
  oldIpv6_ = config.kernelAttach == KernelAttach::kClsactOldIpv6 || isBefore(6, 3);
  // A cache: what does not fit passes the user-space engine. About 256 bytes an entry, allocated at once.
  const auto flows = static_cast<uint32_t>(std::min(config.maxFlows, config.kernelFlows));
  flowCapacity_ = flows;
  directory_ = config.kernelState;
  if (!directory_.empty() && !pins_.open(directory_, reason)) return false;
  if (!openMaps(flows, reason) || !loadPrograms(reason)) return false;
  setEnabled(true);
  attachOuterDevices();
  return true;
}

std::vector<ProgramSnapshot> KernelPath::probe(std::string& reason) {
  const rlimit most{RLIM_INFINITY, RLIM_INFINITY};
  if (isBefore(5, 11)) ::setrlimit(RLIMIT_MEMLOCK, &most);
  KernelPath path;
  if (!path.openMaps(kLeastFlows, reason) || !path.loadPrograms(reason)) return {};
  return path.programs();
}

bool KernelPath::loadPrograms(std::string& reason) {
  FileDescriptor& rings = maps_[static_cast<size_t>(MapKind::kRings)];
  FileDescriptor& samples = maps_[static_cast<size_t>(MapKind::kSamples)];
  if (!KernelCapture::createMaps(rings, samples, reason)) return false;
  capture_.use(rings.get(), samples.get(), cpus_, port_);
  std::string verdict;
  receive_ = bpfLoad(kReceiveProgram, kReceiveMaps, maps_, "gwlb_receive", verdict);
  if (receive_) send_ = bpfLoad(kSendProgram, kSendMaps, maps_, "gwlb_send", verdict);
  if (send_) return true;
  const int error = errno;
  reason = because("bpf program") + (verdict.empty() ? "" : ": " + verdict);
  errno = error;
  return false;
}

bool KernelPath::openMaps(uint32_t flows, std::string& reason) {
  struct Wanted {
    MapKind kind;
    MapShape shape;
    const char* name;
  };
  const auto bytes = [](size_t size) { return static_cast<uint32_t>(size); };
  const Wanted all[] = {
      {MapKind::kEndpoints, {BPF_MAP_TYPE_HASH, 8, bytes(sizeof(wire::endpoint)), kMostEndpoints}, "gwlb_endpoints"},
      {MapKind::kDevices, {BPF_MAP_TYPE_HASH, 4, bytes(sizeof(wire::device)), 2 * kMostEndpoints}, "gwlb_devices"},
      {MapKind::kFlows, {BPF_MAP_TYPE_LRU_HASH, bytes(sizeof(FlowKey)), bytes(sizeof(wire::flow_value)), flows}, "gwlb_flows"},
      {MapKind::kHops, {BPF_MAP_TYPE_HASH, 4, bytes(sizeof(wire::hop)), kMostHops}, "gwlb_hops"},
      {MapKind::kSettings, {BPF_MAP_TYPE_ARRAY, 4, bytes(sizeof(wire::settings)), 1}, "gwlb_settings"},
      {MapKind::kCounters, {BPF_MAP_TYPE_PERCPU_ARRAY, 4, bytes(sizeof(wire::counters)), kMostEndpoints}, "gwlb_counters"},
      {MapKind::kRelated, {BPF_MAP_TYPE_LRU_HASH, bytes(sizeof(FlowKey)), bytes(sizeof(wire::flow_value)), kMostDatagrams}, "gwlb_related"},
  };
  const auto slot = [&](MapKind kind) -> FileDescriptor& { return maps_[static_cast<size_t>(kind)]; };
  if (pins_) {
    keep_ = true;
    for (const Wanted& one : all) {
      MapShape shape{};
      slot(one.kind) = bpfOpenPinned(pins_.path(KernelPins::nameOf(one.kind)));
      // Another size of the flow table is this process's to choose.
      keep_ = keep_ && slot(one.kind) && bpfShape(slot(one.kind).get(), shape) && shape == one.shape;
    }
    wire::settings settings{};
    const uint32_t zero = 0;
    keep_ = keep_ && bpfLookup(map(MapKind::kSettings), &zero, &settings) && settings.layout == LAYOUT && settings.port == htons(port_);
    if (keep_) return true;
    pins_.clear();
    if (!pins_.open(directory_, reason)) return false;
  }
  for (const Wanted& one : all) {
    const MapShape& shape = one.shape;
    slot(one.kind) = bpfCreateMap(shape.type, shape.keyBytes, shape.valueBytes, shape.entries, one.name);
    if (!slot(one.kind) || (pins_ && !bpfPin(slot(one.kind).get(), pins_.path(KernelPins::nameOf(one.kind))))) {
      reason = because("bpf map");
      return false;
    }
  }
  return true;
}

// Now, since adding clsact stops a device for a moment; what comes later is attached when a next hop leads over it.
void KernelPath::attachOuterDevices() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return;
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_PACKET) continue;
    const auto& link = *reinterpret_cast<const sockaddr_ll*>(at->ifa_addr);
    if (link.sll_hatype != ARPHRD_ETHER || (at->ifa_flags & IFF_UP) == 0) continue;
    std::string reason;
    attach(receive_.get(), static_cast<unsigned>(link.sll_ifindex), false, reason);
  }
  ::freeifaddrs(list);
}

void KernelPath::setEnabled(bool on) {
  const std::lock_guard guard(settingsMutex_);
  enabled_ = on;
  writeSettings();
}

bool KernelPath::setCapture(uint32_t points, uint32_t sampleEvery, uint32_t snapBytes, size_t ringBytes, std::string& reason) {
  const std::lock_guard guard(settingsMutex_);
  const bool isStarted = points == 0 || capture_.start(ringBytes);
  if (!isStarted) reason = because("no ring buffer");
  capturePoints_ = isStarted ? points : 0;
  captureEvery_ = sampleEvery;
  captureSnap_ = snapBytes;
  writeSettings();
  if (capturePoints_ == 0) capture_.stop();
  return isStarted;
}

void KernelPath::readCapture(uint16_t lane, std::vector<CaptureRecord>& out) { capture_.read(capturePoints_, captureSnap_, lane, out); }

void KernelPath::writeSettings() {
  wire::settings settings{};
  settings.idle_ns = idleNs_;
  settings.port = htons(port_);
  settings.enabled = enabled_;
  settings.capture = static_cast<uint8_t>(capturePoints_);
  settings.capture_every = captureEvery_;
  settings.capture_snap = std::min<uint32_t>(captureSnap_, CAPTURE_MOST);
  settings.old_ipv6 = oldIpv6_;
  settings.keep_dscp = keepDscp_;
  settings.layout = LAYOUT;
  const uint32_t zero = 0;
  bpfUpdate(map(MapKind::kSettings), &zero, &settings);
}

bool KernelPath::attach(int program, unsigned device, bool egress, std::string& reason) {
  if (!egress && skipsVeth_ && isVeth(device)) {
    reason = "a veth device";
    return false;
  }
  Attached& attached = attached_[device];
  FileDescriptor& link = egress ? attached.egress : attached.ingress;
  if (link || attached.byClsact) return true;
  attached.isOuter = !egress;
  if (!clsact_) {
    if (attachLink(program, device, egress, link)) return true;
    reason = because("tcx");
  } else {
    attached.byClsact = attachClsact(program, device, egress, egress ? "gwlb_send" : "gwlb_receive");
    if (attached.byClsact && pins_) {
      const std::string name = KernelPins::attachmentName(true, device, egress);
      pins_.unlink(name);
      bpfPin(program, pins_.path(name));
    }
    if (attached.byClsact) return true;
    reason = because("clsact");
  }
  attached_.erase(device);
  return false;
}

bool KernelPath::attachLink(int program, unsigned device, bool egress, FileDescriptor& link) {
  const std::string name = KernelPins::attachmentName(false, device, egress);
  if (pins_) {
    link = bpfOpenPinned(pins_.path(name));
    if (link && bpfUpdateLink(link.get(), program)) return true;
    pins_.unlink(name);
  }
  link = attachTcx(program, device, egress);
  if (link && pins_ && !bpfPin(link.get(), pins_.path(name))) link.reset();
  return static_cast<bool>(link);
}

void KernelPath::detach(unsigned device) {
  const auto found = attached_.find(device);
  if (found == attached_.end()) return;
  const bool egress = !found->second.isOuter;
  if (found->second.byClsact) detachClsact(device, egress);
  pins_.unlink(KernelPins::attachmentName(found->second.byClsact, device, egress));
  attached_.erase(found);
}

bool KernelPath::addEndpoint(const Endpoint& endpoint, std::string& reason, bool isAdopted) {
  const std::lock_guard guard(mutex_);
  const uint32_t counters = endpoint.id % kMostEndpoints;
  const std::vector<wire::counters> none(cpus_);
  if (!isAdopted) bpfUpdate(map(MapKind::kCounters), &counters, none.data());
  for (const TunDevice* device : {&endpoint.out, &endpoint.in}) {
    const wire::device value{endpoint.id, counters, device == &endpoint.in, 0};
    const uint32_t index = device->index;
    if (!attach(send_.get(), index, true, reason)) return false;
    if (!bpfUpdate(map(MapKind::kDevices), &index, &value)) {
      reason = because("bpf map");
      return false;
    }
  }
  const uint64_t eni = onTheWire(endpoint.eni);
  const wire::endpoint value{endpoint.id, endpoint.in.index, counters, 0};
  if (bpfUpdate(map(MapKind::kEndpoints), &eni, &value)) return true;
  reason = because("bpf map");
  return false;
}

void KernelPath::removeEndpoint(const Endpoint& endpoint) {
  const std::lock_guard guard(mutex_);
  const uint64_t eni = onTheWire(endpoint.eni);
  bpfDelete(map(MapKind::kEndpoints), &eni);
  for (const unsigned device : {endpoint.out.index, endpoint.in.index}) {
    bpfDelete(map(MapKind::kDevices), &device);
    detach(device);
  }
}

void KernelPath::setHop(const NextHop& hop) {
  const std::lock_guard guard(mutex_);
  std::string reason;
  // Where the answers leave is where the questions come in.
  if (!attach(receive_.get(), static_cast<unsigned>(hop.interfaceIndex), false, reason)) {
    // Not by the way it led before.
    bpfDelete(map(MapKind::kHops), &hop.destination);
    return;
  }
  wire::hop value{};
  value.device = static_cast<uint32_t>(hop.interfaceIndex);
  value.mtu = hop.mtu;
  std::memcpy(value.macs, hop.destinationMac, 6);
  std::memcpy(value.macs + 6, hop.sourceMac, 6);
  bpfUpdate(map(MapKind::kHops), &hop.destination, &value);
}

void KernelPath::removeHop(uint32_t destination) { bpfDelete(map(MapKind::kHops), &destination); }

void KernelPath::received(const FlowKey& key, const FlowValue& value, bool isKnown) {
  if (!isCacheable(value)) {
    bpfDelete(map(MapKind::kFlows), &key);
    return;
  }
  const wire::flow_value entry = entryOf(value);
  // A flow that the table knew was written before: when it is not there, it gave way to another.
  if (isKnown && bpfInsert(map(MapKind::kFlows), &key, &entry)) {
    flowsEvicted_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  bpfUpdate(map(MapKind::kFlows), &key, &entry);
}

void KernelPath::answered(const FlowKey& key, const FlowValue& value, bool byReverse) {
  wire::flow_value entry;
  if (!isCacheable(value) || bpfLookup(map(MapKind::kFlows), &key, &entry)) return;
  entry = entryOf(value);
  entry.is_answer = byReverse;
  // Only where there is nothing: a lane that received may have been here since the table was asked, with a newer header.
  const bool isNew = bpfInsert(map(MapKind::kFlows), &key, &entry);
  // What was received in this direction was written then.
  if (isNew && !byReverse) flowsEvicted_.fetch_add(1, std::memory_order_relaxed);
}

wire::flow_value KernelPath::entryOf(const FlowValue& value) const {
  wire::flow_value entry{};
  std::memcpy(entry.geneve, value.header, GENEVE_BYTES);
  entry.outer_source = value.outerSource;
  entry.outer_destination = value.outerDestination;
  entry.source_port = value.sourcePort;
  entry.dscp = keepDscp_ ? value.dscp : 0;
  entry.seen = coarseNs();
  return entry;
}

FlowValue KernelPath::valueOf(const wire::flow_value& entry) const {
  FlowValue value{};
  value.outerSource = entry.outer_source;
  value.outerDestination = entry.outer_destination;
  value.sourcePort = entry.source_port;
  value.destinationPort = htons(port_);
  value.dscp = entry.dscp;
  value.headerLength = GENEVE_BYTES;
  std::memcpy(value.header, entry.geneve, GENEVE_BYTES);
  return value;
}

void KernelPath::storeDatagram(const FlowKey& key, const FlowValue& value) {
  wire::flow_value entry = entryOf(value);
  entry.is_answer = !isCacheable(value);
  bpfUpdate(map(MapKind::kRelated), &key, &entry);
}

KernelPath::Datagram KernelPath::findDatagram(const FlowKey& key, FlowValue& value) const {
  wire::flow_value entry;
  if (!bpfLookup(map(MapKind::kRelated), &key, &entry)) return Datagram::kUnknown;
  if (entry.is_answer != 0) return Datagram::kInTable;
  if (coarseNs() - entry.seen > kDatagramNs) return Datagram::kUnknown;
  value = valueOf(entry);
  return Datagram::kFound;
}

bool KernelPath::seenSince(const FlowKey& key, uint32_t& ticks) const {
  wire::flow_value entry;
  if (!bpfLookup(map(MapKind::kFlows), &key, &entry) || entry.is_answer != 0) return false;
  const uint32_t seen = ticksOf(entry.seen / 1'000'000);
  if (static_cast<int32_t>(seen - ticks) <= 0) return false;
  ticks = seen;
  return true;
}

void KernelPath::read(const Endpoint& endpoint, EndpointCounters& counters) const {
  const uint32_t index = endpoint.id % kMostEndpoints;
  std::vector<wire::counters> each(cpus_);
  if (!bpfLookup(map(MapKind::kCounters), &index, each.data())) return;
  wire::counters sum{};
  for (const wire::counters& one : each) {
    sum.received_packets += one.received_packets;
    sum.received_bytes += one.received_bytes;
    sum.received_at = std::max(sum.received_at, one.received_at);
    sum.sent_packets += one.sent_packets;
    sum.sent_bytes += one.sent_bytes;
    sum.sent_at = std::max(sum.sent_at, one.sent_at);
    sum.sent_by_gwi += one.sent_by_gwi;
    sum.sent_bytes_by_gwi += one.sent_bytes_by_gwi;
    sum.errors += one.errors;
  }
  counters.gwiPacketsOut.set(sum.received_packets);
  counters.gwiBytesOut.set(sum.received_bytes);
  counters.gwiPacketsIn.set(sum.sent_by_gwi);
  counters.gwiBytesIn.set(sum.sent_bytes_by_gwi);
  counters.gwoPacketsIn.set(sum.sent_packets - sum.sent_by_gwi);
  counters.gwoBytesIn.set(sum.sent_bytes - sum.sent_bytes_by_gwi);
  counters.returnedPackets.set(sum.sent_packets);
  counters.returnedBytes.set(sum.sent_bytes + sum.sent_packets * GENEVE_BYTES);
  counters.drops.set(sum.errors);
  counters.lastGwiOutMs.set(sum.received_at / 1'000'000);
  counters.lastGwoInMs.set(sum.sent_at / 1'000'000);
}

}  // namespace geneve
