// The user-space engine without Node, for sanitizers and profilers:
// standalone [--lanes N] [--hook COMMAND] [--no-offload] [--return raw|packet] [--idle SECONDS] until SIGTERM.
// The hook runs as COMMAND CREATE gwi-X gwo-X; the end prints counters and whether anything was dropped.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "engine.h"

using namespace geneve;

namespace {

void runHook(const char* command, const EngineEvent& event) {
  if (command == nullptr) return;
  const pid_t child = fork();
  if (child == 0) {
    execlp(command, command, "CREATE", event.gwi.c_str(), event.gwo.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status;
  waitpid(child, &status, 0);
}

}  // namespace

int main(int argc, char** argv) {
  EngineConfig config;
  const char* hook = nullptr;
  unsigned lanes = 1;
  for (int i = 1; i < argc; ++i) {
    const auto is = [&](const char* name) { return std::strcmp(argv[i], name) == 0; };
    if (is("--no-offload")) config.offload = false;
    else if (i + 1 >= argc) return 2;
    else if (is("--lanes")) lanes = static_cast<unsigned>(std::atoi(argv[++i]));
    else if (is("--hook")) hook = argv[++i];
    else if (is("--return")) config.returnPath = std::strcmp(argv[++i], "raw") == 0 ? ReturnPath::kRaw : ReturnPath::kPacket;
    else if (is("--idle")) config.endpointIdleSeconds = static_cast<uint32_t>(std::atoi(argv[++i]));
    else return 2;
  }
  config.lanes.resize(lanes);
  config.createPerSecond = 1000;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<EngineEvent> events;
  bool ending = false;
  // Signals are taken by this thread alone.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Failure failure;
  auto engine = startUserEngine(config, [&](EngineEvent&& event) {
    const std::lock_guard guard(mutex);
    events.push_back(std::move(event));
    changed.notify_one();
  }, failure);
  if (!engine) {
    std::fprintf(stderr, "%s: %s: %s\n", failure.code.c_str(), failure.message.c_str(), std::strerror(failure.errnoValue));
    return 3;
  }
  std::thread hooks([&] {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [&] { return ending || !events.empty(); });
      if (events.empty()) return;
      const EngineEvent event = std::move(events.front());
      events.pop_front();
      lock.unlock();
      if (event.type == EngineEvent::Type::kEndpointCreated) {
        runHook(hook, event);
        engine->endpointReady(event.eni);
      } else if (event.type == EngineEvent::Type::kEndpointIdle) {
        engine->removeEndpoint(event.eni);
      }
      lock.lock();
    }
  });
  std::printf("ready %d\n", getpid());
  std::fflush(stdout);
  int signal;
  sigwait(&signals, &signal);
  const EngineSnapshot snapshot = engine->snapshot();
  uint64_t received = 0, returned = 0, dropped = 0;
  for (const LaneSnapshot& lane : snapshot.lanes) {
    received += lane.counters->udpPackets.get();
    returned += lane.counters->returnedPackets.get();
    for (const Counter& drop : lane.counters->drops) dropped += drop.get();
  }
  engine->stop(100);
  {
    const std::lock_guard guard(mutex);
    ending = true;
    changed.notify_one();
  }
  hooks.join();
  std::printf("received %llu returned %llu dropped %llu flows %zu\n", static_cast<unsigned long long>(received),
              static_cast<unsigned long long>(returned), static_cast<unsigned long long>(dropped), snapshot.flows);
  return 0;
}
