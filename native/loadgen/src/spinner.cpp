// How much of a core others take: counts as fast as it can at idle priority (SCHED_IDLE) and prints the count of each
// tenth of a second. What is missing against a quiet core was taken, by processes, the kernel and its interrupts alike,
// which idle times of /proc/stat do not show. Pin it with taskset; ends with SIGTERM.
#include <sched.h>

#include <cinttypes>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>

namespace {

volatile std::sig_atomic_t stopped = 0;

uint64_t nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace

int main() {
  const sched_param idle{};
  if (sched_setscheduler(0, SCHED_IDLE, &idle) != 0) {
    std::perror("SCHED_IDLE");
    return 3;
  }
  std::signal(SIGTERM, [](int) { stopped = 1; });
  constexpr uint64_t slice = 100'000'000;
  uint64_t until = nanoseconds() + slice, count = 0;
  while (stopped == 0) {
    for (volatile int i = 0; i < 200; i = i + 1) {
    }
    count++;
    const uint64_t now = nanoseconds();
    if (now < until) continue;
    // A slice that was held up is longer: counts are for a tenth of a second.
    std::printf("%" PRIu64 "\n", count * slice / (now - until + slice));
    std::fflush(stdout);
    count = 0;
    until = now + slice;
  }
  return 0;
}
