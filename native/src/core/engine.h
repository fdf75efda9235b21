// What an engine is to the rest of the program: started with a configuration, told about hooks that are done, asked
// for numbers, stopped. `user` (user_engine.h) is one; an engine in the kernel would be another behind the same face.
//
// Invariants: no method waits for a data-plane thread; no packet leaves through this interface but sampled copies;
// the event sink is called from the engine's control thread only and must not block.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "statistics.h"

namespace geneve {

struct LaneConfig {
  int cpu = -1;
  bool udp = true;
  bool tun = true;
};

struct Cidr {
  uint32_t address;  ///< Host order.
  uint32_t mask;
};

enum class OuterChecksum : uint8_t { kAuto, kZero, kComputed };
enum class ReturnPath : uint8_t { kAuto, kRaw, kPacket };
enum class Datapath : uint8_t { kUser, kEbpf, kAuto };
/// How the kernel's programs are attached; kAuto: tcx, before 6.6 clsact.
enum class KernelAttach : uint8_t { kAuto, kTcx, kClsact, kClsactOldIpv6 };

struct EngineConfig {
  uint16_t port = 6081;
  uint32_t listenAddress = 0;  ///< Host order; 0: any.
  bool sharePort = false;
  std::vector<LaneConfig> lanes;
  size_t maxFlows = 1 << 20;
  uint32_t flowIdleSeconds = 350;
  size_t maxEndpoints = 256;
  uint32_t createPerSecond = 16;
  std::vector<uint64_t> endpoints;  ///< Sorted; empty: any.
  uint32_t endpointIdleSeconds = 0;
  std::vector<Cidr> allowFrom;
  bool offload = true;
  bool decapOnly = false;
  unsigned mtu = 8500;
  bool pendingQueue = true;
  unsigned pendingPackets = 256;
  OuterChecksum outerChecksum = OuterChecksum::kAuto;
  ReturnPath returnPath = ReturnPath::kAuto;
  bool keepDscp = false;
  int receiveBufferBytes = 4 << 20;
  uint32_t stuckSeconds = 5;
  size_t captureRingBytes = 1 << 20;
  Datapath datapath = Datapath::kUser;
  KernelAttach kernelAttach = KernelAttach::kAuto;
  size_t kernelFlows = 262'144;  ///< Bound of the kernel path's cache; never more than maxFlows.
  std::string kernelState;  ///< Directory in a bpf file system where the kernel path outlives the process; empty: it does not.
  bool handOver = false;    ///< stop() leaves interfaces and programs to the next process.
};

struct EngineEvent {
  enum class Type : uint8_t {
    kEndpointCreated, kEndpointIdle, kEndpointRemoved, kEndpointRefused, kTunLost, kLaneStuck, kLaneRecovered, kLog,
  };
  Type type;
  uint64_t eni = 0;
  std::string gwi, gwo;
  std::string text;
  std::string detail;  ///< Reason, device, log level, or seconds.
  std::string section;
  double number = 0;
};

struct EngineFeatures {
  bool udpGro = false, tunTso = false, tunUso = false, packetSocket = false, packetUso = false, kernelPath = false;
};

/// `code` is a NativeErrorCode of src/js/errors.ts; empty: no failure.
struct Failure {
  std::string code;
  std::string message;
  int errnoValue = 0;
};

struct FlowLossCounts {
  uint64_t size4 = 0, timedOut4 = 0, evicted4 = 0, size6 = 0, timedOut6 = 0, evicted6 = 0;
};

struct ProgramSnapshot {
  const char* name;
  uint32_t instructions, compiledBytes, verified;
  uint64_t runs, runNs;
};

struct EndpointSnapshot {
  uint64_t eni;
  std::string gwi, gwo;
  int state;  ///< 0 pending, 1 ready, 2 lost.
  std::vector<const EndpointCounters*> lanes;
  std::shared_ptr<void> keepAlive;
  FlowLossCounts flows;
};

struct LaneSnapshot {
  bool udp, tun, healthy;
  const LaneCounters* counters;
};

struct EngineSnapshot {
  uint64_t nowMs;
  uint16_t port;
  std::vector<LaneSnapshot> lanes;
  std::vector<EndpointSnapshot> endpoints;
  size_t flows, flowCapacity, flowBytes;
  uint64_t flowsTimedOut, flowsEvicted;
  uint32_t flowIdleSeconds;
  uint64_t endpointsCreated, endpointsRefused, captureDropped;
  uint64_t kernelFlowCapacity, kernelFlowsEvicted, flowsAdopted;
  std::vector<ProgramSnapshot> programs;
  EngineFeatures features;
};

struct CaptureRecord {
  uint8_t point;
  uint16_t lane;
  uint64_t eni;
  uint64_t timeNs;
  uint32_t length;
  uint32_t source, destination;  ///< Host order; 0 for inner packets.
  uint16_t sourcePort, destinationPort;
  std::vector<uint8_t> data;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual bool endpointReady(uint64_t eni) = 0;
  virtual bool removeEndpoint(uint64_t eni) = 0;
  virtual void setDecapOnly(bool on) = 0;
  virtual void setCapture(uint32_t points, uint32_t sampleEvery, uint32_t snapBytes) = 0;
  virtual std::vector<CaptureRecord> readCapture() = 0;
  virtual size_t expireFlows() = 0;
  virtual EngineSnapshot snapshot() = 0;
  /// Blocks until every thread has ended; called from a thread that may wait. Twice is once.
  virtual void stop(unsigned drainMs) = 0;
};

using EventSink = std::function<void(EngineEvent&&)>;

/// Null with `failure` filled when something that can fail at start failed.
std::unique_ptr<Engine> startUserEngine(EngineConfig config, EventSink sink, Failure& failure);

}  // namespace geneve
