// One data-plane thread: a Geneve socket, one queue of every tun interface, and everything between them.
//
// Invariants: all members belong to this thread, except the command queue (mutex) and what EngineState says is shared.
// Nothing is allocated for a packet of a known flow. Buffers handed to the coalescer or the sender stay untouched
// until these are flushed, which happens before the buffers are filled again.
#pragma once
#include <netinet/in.h>
#include <pthread.h>
#include <sys/epoll.h>

#include <deque>

#include "coalesce.h"
#include "return_sender.h"
#include "segment.h"

namespace geneve {

class Lane {
 public:
  /// `tunQueue`: the queue of every interface that is this lane's, or (without the tun role) the one it writes to.
  Lane(EngineState& state, unsigned index, LaneConfig config, unsigned tunQueue);
  ~Lane();

  /// Opens sockets. `first`: binds without SO_REUSEPORT, so that another process on the port is an error.
  bool open(bool first, bool severalUdp, Failure& failure);
  bool start(Failure& failure);
  void command(LaneCommand command);
  /// After kStop.
  void join();

  const LaneConfig& config() const { return config_; }
  const LaneCounters& counters() const { return *counters_; }
  CaptureRing& captureRing() { return ring_; }
  bool udpGro() const { return gro_; }

 private:
  static constexpr unsigned kBatch = 64;
  static constexpr size_t kReceiveStride = 65536 + 2368;  ///< Not a power of two: buffers must not share cache sets.
  static constexpr size_t kHeadroom = 320;                ///< Before what tun gives: outer headers and Geneve.
  static constexpr size_t kArenaBytes = 384 << 10;
  static constexpr uint32_t kBatchBytes = 192 << 10;  ///< Received before it is passed on: what the cache near the core holds.
  static constexpr size_t kScratchBytes = 256 << 10;

  struct LaneEndpoint {
    std::shared_ptr<Endpoint> endpoint;
    EndpointCounters* counters;
    int writeFd;
    int readFd[2];         ///< gwi, gwo; -1 without the tun role.
    unsigned written = 0;  ///< Since the last look at the interfaces.
    uint8_t usual = 1;     ///< The interface packets came back through lately.
    uint8_t misses = 0;    ///< Looks in vain; at kMissesToStop the poll alone decides for a while.
    uint8_t skips = 0;
    bool ready = false;
    bool lost = false;
  };

  /// Where a received packet came from; network order.
  struct Outer {
    uint32_t source, destination;
    uint16_t sourcePort;
    uint8_t dscp;
  };

  struct Received {
    uint8_t* data;
    uint32_t length;
    const Outer* outer;
    LaneEndpoint* endpoint;
    GeneveHeader header;
    InnerPacket inner;
    FlowKey key;
    uint64_t hash;
  };

  struct Returned {
    uint8_t* data;
    uint32_t length;
    VirtioHeader virtio;
    InnerPacket inner;
    FlowKey key;
    uint64_t hash;
  };

  struct PendingPacket {
    uint64_t eni;
    Outer outer;
    std::vector<uint8_t> data;
  };

  struct HeldFragment {
    std::weak_ptr<Endpoint> endpoint;
    uint64_t deadlineMs;
    std::vector<uint8_t> data;  ///< kHeadroom free bytes, then the packet.
  };

  static void* threadMain(void* self);
  void run();
  void tick();
  void readKernelDrops();

  // lane_receive.cc: socket to tun.
  bool receiveBatch();
  void accept(uint8_t* data, uint32_t length, const Outer& outer);
  void deliverReceived();
  bool remember(const Received& packet);
  void flushToTun();
  void writeFailed(LaneEndpoint& endpoint, unsigned packets);
  LaneEndpoint* findEndpoint(uint64_t eni);
  void unknownEndpoint(uint8_t* data, uint32_t length, uint64_t eni, const Outer& outer);
  bool queuePending(uint8_t* data, uint32_t length, uint64_t eni, const Outer& outer);
  bool sourceAllowed(uint32_t source) const;

  // lane_return.cc: tun to socket.
  void readTouched();
  unsigned readTun(LaneEndpoint& endpoint, unsigned interface, unsigned most);
  bool acceptFromTun(LaneEndpoint& endpoint, unsigned interface, uint8_t* data, size_t length, const VirtioHeader& virtio);
  void sendReturned(LaneEndpoint& endpoint);
  bool findFlow(const Returned& packet, uint32_t endpointId, FlowValue& value);
  bool findRelated(const Returned& packet, uint32_t endpointId, FlowValue& value);
  bool findPair(const InnerPacket& inner, uint32_t endpointId, FlowValue& value);
  bool encapsulate(LaneEndpoint& endpoint, Returned& packet, const FlowValue& value);
  bool encapsulateSegments(LaneEndpoint& endpoint, Returned& packet, const FlowValue& value, const SegmentPlan& plan);
  bool addFrame(const ReturnSender::Frame& frame, uint32_t& mtu);
  void tooBig(LaneEndpoint& endpoint, const Returned& packet, const FlowValue& value, uint32_t mtu);
  void hold(LaneEndpoint& endpoint, const Returned& packet);
  void retryHeld();
  void lost(LaneEndpoint& endpoint, unsigned interface);
  void drop(LaneEndpoint& endpoint, DropReason reason, unsigned packets = 1);

  // lane.cc: commands and endpoints.
  void runCommands();
  void addEndpoint(std::shared_ptr<Endpoint> endpoint);
  void removeEndpoint(uint64_t eni);
  void deliverPending(uint64_t eni);
  void refusePending(uint64_t eni, DropReason reason);
  void rebuildIndex();
  void capture(unsigned point, uint64_t eni, ConstBytes packet, const Outer* outer);

  EngineState& state_;
  const unsigned index_;
  const LaneConfig config_;
  const unsigned tunQueue_;
  std::unique_ptr<LaneCounters> counters_;
  CaptureRing ring_;
  FileDescriptor udp_, epoll_, wake_;
  bool gro_ = false;
  pthread_t thread_{};
  bool started_ = false;
  bool draining_ = false, stopping_ = false;

  std::mutex commandMutex_;
  std::vector<LaneCommand> commands_;

  uint64_t nowMs_ = 0;
  uint32_t nowTicks_ = 0;

  std::vector<std::unique_ptr<LaneEndpoint>> endpoints_;
  std::vector<LaneEndpoint*> endpointIndex_;
  LaneEndpoint* lastEndpoint_ = nullptr;
  std::vector<LaneEndpoint*> touched_;

  /// What recvmmsg is given; set up once, and after each call only as far as it was used.
  struct ReceiveVectors {
    mmsghdr messages[kBatch];
    iovec buffers[kBatch];
    sockaddr_in sources[kBatch];
    alignas(cmsghdr) char control[kBatch][128];
  };

  std::unique_ptr<ReceiveVectors> receive_;
  Mapping receiveMemory_, arenaMemory_, scratchMemory_;
  Outer outers_[kBatch];
  unsigned received_ = 0;
  Received receivedPackets_[kBatch];
  std::unique_ptr<Coalescer> coalescer_;
  ReturnSender sender_;
  unsigned returned_ = 0;
  size_t arenaUsed_ = 0, scratchUsed_ = 0;
  Returned returnedPackets_[kBatch];

  std::deque<PendingPacket> pending_;
  size_t pendingBytes_ = 0;
  std::deque<HeldFragment> held_;
  uint64_t requestedEni_[64] = {};
  uint64_t requestedMs_[64] = {};
  double createTokens_ = 0;
  uint64_t createTokensMs_ = 0;
  uint64_t nextRefusalMs_ = 0;
  double icmpTokens_ = 0;
  uint64_t icmpTokensMs_ = 0;
  unsigned receiveMost_ = kBatch;
  uint32_t kernelDropsSeen_ = 0;
  uint64_t nextKernelDropsMs_ = 0;
};

}  // namespace geneve
