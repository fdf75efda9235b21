// The user-space engine: lanes that carry packets, and one control thread that makes and removes interfaces, watches
// idle times, heartbeats and neighbours, and sweeps the flow table. Nothing here waits for the owner of the engine:
// with its event loop blocked for any time, lanes and control thread go on.
#pragma once
#include <map>

#include "lane.h"

namespace geneve {

class UserEngine final : public Engine {
 public:
  UserEngine(EngineConfig config, EventSink sink);
  ~UserEngine() override;
  bool start(Failure& failure);

  bool endpointReady(uint64_t eni) override;
  bool removeEndpoint(uint64_t eni) override;
  void setDecapOnly(bool on) override;
  void setCapture(uint32_t points, uint32_t sampleEvery, uint32_t snapBytes) override;
  std::vector<CaptureRecord> readCapture() override;
  size_t expireFlows() override;
  EngineSnapshot snapshot() override;
  void stop(unsigned drainMs) override;

 private:
  using EndpointPointer = std::shared_ptr<Endpoint>;

  bool probe(Failure& failure);
  bool openKernel(Failure& failure);
  void joinKernel(Endpoint& endpoint);
  void leaveKernel(Endpoint& endpoint);
  void readKernel();
  static void addKernel(LaneCounters& lane, const EndpointCounters& counters);
  void enableKernel();
  /// stop() leaves interfaces and programs to the next process.
  bool handsOver() const;
  static void closeDevices(Endpoint& endpoint, bool keep);
  void readLeft();
  void adopt();
  void adopt(const KernelPath::Left& left);
  static void* threadMain(void* self);
  void control();
  void handle(const LaneRequest& request);
  void create(uint64_t eni);
  EndpointPointer newEndpoint(uint64_t eni) const;
  void introduce(const EndpointPointer& endpoint, const std::string& how);
  unsigned tunQueues() const;
  void refused(uint64_t eni, DropReason reason, const std::string& message);
  void finishRemovals();
  void checkIdle(uint64_t nowMs);
  void checkLanes(uint64_t nowMs);
  size_t sweep(size_t sets);
  void resolve(uint32_t destination);
  void resolveAgain();
  void everyLane(const LaneCommand& command);
  void emit(EngineEvent::Type type, const Endpoint& endpoint, std::string detail = {}, double number = 0);
  void log(const char* level, const char* section, std::string text);

  EngineState state_;
  EventSink sink_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<bool> stuck_;
  pthread_t thread_{};
  bool threadStarted_ = false;
  std::atomic<bool> stopping_{false};
  std::atomic<unsigned> drainMs_{0};
  std::atomic<bool> stopped_{false};

  /// Guards the two maps and what is not atomic in their endpoints; never held while a lane is waited for.
  std::mutex mutex_;
  std::map<uint64_t, EndpointPointer> endpoints_;
  std::map<uint64_t, EndpointPointer> leaving_;
  std::vector<uint32_t> freeIndices_;
  uint32_t generation_ = 0;
  std::atomic<uint64_t> created_{0}, refused_{0};

  /// What the kernel carried: of endpoints that are gone, and of all; under the mutex.
  LaneCounters kernelGone_, kernelLane_;
  std::string kernelNote_;
  std::vector<KernelPath::Left> adopted_, disowned_;
  std::vector<FlowKey> staleFlows_;
  std::atomic<uint64_t> flowsAdopted_{0};
  std::atomic<bool> capturesInKernel_{false};

  NextHopResolver resolver_;
  bool resolverOpen_ = false;
  std::map<uint32_t, std::optional<NextHop>> hops_;
  uint64_t hopsCheckedMs_ = 0;
  double createTokens_ = 0;
  uint64_t createTokensMs_ = 0;
  uint64_t nextRefusalEventMs_ = 0;
  std::mutex sweepMutex_;
  size_t sweepAt_ = 0, sweepRelatedAt_ = 0;
};

}  // namespace geneve
