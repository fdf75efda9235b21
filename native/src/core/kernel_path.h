// The steady state in the kernel: two tc programs (bpf/datapath.bpf.c) in front of the user-space engine.
//
// Invariants: the maps are a cache of what the user-space engine knows, and only that engine writes flows into them,
// after its own table. So an entry that is missing, evicted or too old means the slow path, never another header. An
// endpoint enters the map of endpoints last and leaves it first.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "bpf_system.h"
#include "engine.h"
#include "flow_table.h"
#include "next_hop.h"

namespace geneve {

struct Endpoint;
namespace wire {
struct flow_value;
}

class KernelPath {
 public:
  /// Null with `reason` and the errno when this kernel, or this process, cannot.
  static std::unique_ptr<KernelPath> open(const EngineConfig& config, std::string& reason, int& error);
  ~KernelPath();

  /// In words, for the log.
  const char* attachMode() const { return clsact_ ? "clsact" : "tcx"; }

  // The control thread, and whoever holds no lane up.
  bool addEndpoint(const Endpoint& endpoint, std::string& reason);
  void removeEndpoint(const Endpoint& endpoint);
  void setHop(const NextHop& hop);
  void removeHop(uint32_t destination);
  /// Off: everything passes the user-space engine, as sampled captures and `decapOnly` need.
  void setEnabled(bool on);
  /// Sets the endpoint's counters to what the programs counted.
  void read(const Endpoint& endpoint, EndpointCounters& counters) const;

  // Lanes.
  /// A packet with this key came in through the socket; the table has its header.
  void received(const FlowKey& key, const FlowValue& value);
  /// A returned packet's header was found; `byReverse`: under the other direction's key.
  void answered(const FlowKey& key, const FlowValue& value, bool byReverse);

  /// True with the time when the programs saw the flow after `ticks`.
  bool seenSince(const FlowKey& key, uint32_t& ticks) const;

 private:
  KernelPath() = default;
  bool load(const EngineConfig& config, std::string& reason);
  void attachOuterDevices();
  bool attach(int program, unsigned device, bool egress, std::string& reason);
  void detach(unsigned device);
  wire::flow_value entryOf(const FlowValue& value) const;
  int map(MapKind kind) const { return maps_[static_cast<size_t>(kind)].get(); }

  struct Attached {
    FileDescriptor ingress, egress;
    bool byClsact = false;
    bool isOuter = false;
  };

  FileDescriptor maps_[kMapKinds];
  FileDescriptor receive_, send_;
  bool clsact_ = false;
  bool keepDscp_ = false;
  /// Left to the lanes unless asked for: a cable hands inner checksums and large packets over unfinished.
  bool skipsVeth_ = true;
  uint16_t port_ = 0;
  uint64_t idleNs_ = 0;
  bool oldIpv6_ = false;
  unsigned cpus_ = 1;
  std::mutex mutex_;
  std::map<unsigned, Attached> attached_;
};

}  // namespace geneve
