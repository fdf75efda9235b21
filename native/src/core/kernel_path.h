// The steady state in the kernel: two tc programs (bpf/datapath.bpf.c) in front of the user-space engine.
//
// Invariants: the maps are a cache of what the user-space engine knows, and only that engine writes flows into them,
// after its own table. So an entry that is missing, evicted or too old means the slow path, never another header. An
// endpoint enters the map of endpoints last and leaves it first.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bpf_system.h"
#include "engine.h"
#include "flow_table.h"
#include "kernel_capture.h"
#include "kernel_pins.h"
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
  ~KernelPath() { close(); }
  /// Detaches, and removes or keeps what outlives the process. Numbers can still be read. Twice is once.
  void close();

  /// Loads the programs with the smallest maps, attaches nothing and lets go of them again. Empty with `reason` when this
  /// kernel, or this process, cannot.
  static std::vector<ProgramSnapshot> probe(std::string& reason);

  /// In words, for the log.
  const char* attachMode() const { return clsact_ ? "clsact" : "tcx"; }

  /// What a process before this one left: its endpoints, next hops and flows. `each` is told when a flow was seen last.
  struct Left {
    uint64_t eni;
    uint32_t id;
    unsigned gwi, gwo;  ///< Interface indices; 0: gone.
  };
  std::vector<Left> leftEndpoints() const;
  std::vector<uint32_t> leftHops() const;
  void leftFlows(const std::function<void(const FlowKey&, const FlowValue&, uint32_t seenTicks)>& each) const;
  /// Forgets an endpoint that is not taken over.
  void disown(const Left& left);
  void forgetFlow(const FlowKey& key);

  bool outlivesProcess() const { return static_cast<bool>(pins_); }
  /// Whether the end of this object leaves everything in place. A process that took over keeps until told otherwise, so
  /// that one whose start fails takes nothing along.
  void setKeep(bool keep) { keep_ = keep; }

  // The control thread, and whoever holds no lane up.
  bool addEndpoint(const Endpoint& endpoint, std::string& reason, bool isAdopted = false);
  void removeEndpoint(const Endpoint& endpoint);
  void setHop(const NextHop& hop);
  void removeHop(uint32_t destination);
  /// Off: everything passes the user-space engine, as `decapOnly` needs.
  void setEnabled(bool on);
  /// Samples of what the programs carry, at these points (bits; 0: none). False with a reason when there is no ring for them:
  /// then only what passes the user-space engine is captured.
  bool setCapture(uint32_t points, uint32_t sampleEvery, uint32_t snapBytes, size_t ringBytes, std::string& reason);
  void readCapture(uint16_t lane, std::vector<CaptureRecord>& out);
  uint64_t captureDropped() const { return capture_.dropped(); }
  /// Sets the endpoint's counters to what the programs counted.
  void read(const Endpoint& endpoint, EndpointCounters& counters) const;

  // Lanes.
  /// A packet with this key came in through the socket; the table has its header, and had it before when `isKnown`.
  void received(const FlowKey& key, const FlowValue& value, bool isKnown);
  /// A returned packet's header was found; `byReverse`: under the other direction's key.
  void answered(const FlowKey& key, const FlowValue& value, bool byReverse);

  /// A fragment with this datagram's key came in through the socket, or its first fragment was returned; the table has it.
  void storeDatagram(const FlowKey& key, const FlowValue& value);
  /// The programs write datagrams too, so that their map alone says which header was received last.
  enum class Datagram : uint8_t { kUnknown, kFound, kInTable };
  Datagram findDatagram(const FlowKey& key, FlowValue& value) const;

  /// True with the time when the programs saw the flow after `ticks`.
  bool seenSince(const FlowKey& key, uint32_t& ticks) const;

  std::vector<ProgramSnapshot> programs() const;
  uint64_t flowCapacity() const { return flowCapacity_; }
  /// Flows that lost their place while they still had packets: each was written again.
  uint64_t flowsEvicted() const { return flowsEvicted_.load(std::memory_order_relaxed); }

 private:
  KernelPath() = default;
  void remove();
  bool load(const EngineConfig& config, std::string& reason);
  bool loadPrograms(std::string& reason);
  void writeSettings();
  bool openMaps(uint32_t flows, std::string& reason);
  void attachOuterDevices();
  bool attachLink(int program, unsigned device, bool egress, FileDescriptor& link);
  bool attach(int program, unsigned device, bool egress, std::string& reason);
  void detach(unsigned device);
  wire::flow_value entryOf(const FlowValue& value) const;
  FlowValue valueOf(const wire::flow_value& entry) const;
  int map(MapKind kind) const { return maps_[static_cast<size_t>(kind)].get(); }

  struct Attached {
    FileDescriptor ingress, egress;
    bool byClsact = false;
    bool isOuter = false;
  };

  FileDescriptor maps_[kMapKinds];
  FileDescriptor receive_, send_;
  KernelCapture capture_;
  std::mutex settingsMutex_;
  bool enabled_ = false;
  uint32_t capturePoints_ = 0, captureEvery_ = 1, captureSnap_ = 0;
  std::string directory_;
  KernelPins pins_;
  bool keep_ = false;
  bool closed_ = false;
  uint64_t flowCapacity_ = 0;
  std::atomic<uint64_t> flowsEvicted_{0};
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
