// Sends Geneve packets as a Gateway Load Balancer does and checks everything that the appliance returns.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <numeric>

#include "arguments.hpp"
#include "receiver.hpp"
#include "sender.hpp"
#include "traffic.hpp"
#include "wire.hpp"

namespace {

constexpr char usage[] =
    "geneve_load --interface IF --to ADDRESS [options]: sends Geneve packets, checks what returns, prints JSON\n"
    "  --from ADDRESS        outer source; default: the interface's address\n"
    "  --mix LIST            udp4,udp6,tcp4,tcp6,icmp4,icmp6,sctp4,sctp6,gre4,gre6,fragment4,fragment6; default udp4\n"
    "  --sizes LIST          inner sizes in bytes; every kind is sent in every size; default 512\n"
    "  --flows N             default 1; up to 16 million\n"
    "  --endpoints N         default 1\n"
    "  --flows-per-host N    flows between two hosts, told apart by ports or identifiers; default 4\n"
    "  --burst N             packets of a flow in a row; default 1: strictly in turn\n"
    "  --same-tuples         every endpoint has the same inner addresses and ports\n"
    "  --both-directions     odd flows answer even ones, with cookies of their own\n"
    "  --odd-headers         VNIs, further options and another option order in three of four flows\n"
    "  --later-fragment-first\n"
    "  --endpoint-base HEX   id of the first endpoint; default 0x0123456789ab0000\n"
    "  --count N | --seconds S   one of the two; default --seconds 3\n"
    "  --rate PPS            default 0: as fast as it goes\n"
    "  --window N            at most N packets on their way; default 0: no limit\n"
    "  --batch N             packets a system call; default 32\n"
    "  --large               a burst leaves as one large packet (UDP segmentation offload)\n"
    "  --hops N | any        what the appliance takes off TTL or hop limit; default any: 0 or 1\n"
    "  --warm-up-seconds S   how long to wait until every endpoint answers; default 10, 0 for none\n"
    "  --linger-ms N         wait for stragglers at the end; default 500\n"
    "  --no-receive          only send\n"
    "  --spin                poll without sleeping, for latencies\n"
    "  --pid PID             report the CPU time of this process over the run\n";

struct Pace {
  double packetsPerSecond;
  uint64_t count;
  uint64_t endTime;
  uint64_t window;
  bool spin;
};

struct Result {
  uint64_t sent = 0;
  double seconds = 0;
  double cpuSeconds = 0;
};

bool warmUp(const Traffic& traffic, Sender& sender, Receiver& receiver, double seconds) {
  const uint64_t end = nanoseconds() + static_cast<uint64_t>(seconds * 1e9);
  std::vector<uint32_t> firstFlow(traffic.options().endpoints, UINT32_MAX);
  for (uint32_t flow = 0; flow < traffic.options().flows; flow++)
    firstFlow[traffic.endpointOf(flow)] = std::min(firstFlow[traffic.endpointOf(flow)], flow);
  while (nanoseconds() < end) {
    bool missing = false;
    for (uint32_t endpoint = 0; endpoint < firstFlow.size(); endpoint++) {
      if (firstFlow[endpoint] == UINT32_MAX || receiver.answeredEndpoints()[endpoint] != 0) continue;
      missing = true;
      sender.sendProbe(firstFlow[endpoint]);
    }
    if (!missing) return true;
    receiver.wait(20'000'000);
    while (receiver.receive() > 0) {
    }
  }
  return false;
}

/** How many packets may leave now. */
uint64_t allowance(const Pace& pace, uint64_t sent, uint64_t start, uint64_t now, uint64_t onTheirWay) {
  uint64_t allowed = pace.count != 0 ? pace.count - sent : UINT64_MAX;
  if (pace.packetsPerSecond > 0) {
    const auto due = static_cast<uint64_t>(static_cast<double>(now - start) * pace.packetsPerSecond / 1e9) + 1;
    allowed = std::min(allowed, due > sent ? due - sent : 0);
  }
  if (pace.window != 0) allowed = std::min(allowed, onTheirWay < pace.window ? pace.window - onTheirWay : 0);
  return allowed;
}

uint64_t settled(const Counts& counts) {
  return counts.returned + counts.crossed + counts.innerWrong + counts.outerWrong;
}

Result run(Sender& sender, Receiver* receiver, const Pace& pace, uint32_t batch, uint64_t lingerNanoseconds, int pid) {
  Result result;
  const double cpuBefore = pid > 0 ? processCpuSeconds(pid) : 0;
  const uint64_t start = nanoseconds();
  uint64_t writtenOff = 0;
  uint64_t lastProgress = start;
  uint64_t lastArrival = start;
  uint64_t now = start;
  bool sending = true;
  while (true) {
    now = nanoseconds();
    if (sending && ((pace.count != 0 && result.sent >= pace.count) || (pace.count == 0 && now >= pace.endTime))) {
      sending = false;
      result.seconds = static_cast<double>(now - start) / 1e9;
      lastArrival = now;
      if (receiver == nullptr) break;
    }
    uint32_t sentNow = 0;
    if (sending) {
      const uint64_t gone = receiver == nullptr ? result.sent : settled(receiver->counts()) + writtenOff;
      const uint64_t onTheirWay = result.sent > gone ? result.sent - gone : 0;
      const uint64_t allowed = allowance(pace, result.sent, start, now, onTheirWay);
      if (allowed > 0) {
        sentNow = sender.send(static_cast<uint32_t>(std::min<uint64_t>(allowed, batch)));
        result.sent += sentNow;
        lastProgress = now;
      } else if (pace.window != 0 && onTheirWay >= pace.window && now - lastProgress > 500'000'000) {
        writtenOff += onTheirWay;
        lastProgress = now;
      }
    }
    if (receiver == nullptr) continue;
    if (receiver->receive() > 0) {
      lastArrival = lastProgress = now;
    } else if (!sending && (settled(receiver->counts()) >= result.sent || now - lastArrival > lingerNanoseconds)) {
      break;
    } else if (sentNow == 0 && !pace.spin) {
      receiver->wait(sending && pace.packetsPerSecond > 0 ? 50'000 : 1'000'000);
    }
  }
  if (result.seconds == 0) result.seconds = static_cast<double>(now - start) / 1e9;
  if (pid > 0) result.cpuSeconds = processCpuSeconds(pid) - cpuBefore;
  return result;
}

double percentile(const std::vector<uint32_t>& histogram, uint64_t samples, double share) {
  const auto wanted = static_cast<uint64_t>(static_cast<double>(samples) * share);
  uint64_t seen = 0;
  for (size_t at = 0; at < histogram.size(); at++) {
    seen += histogram[at];
    if (seen > wanted) return static_cast<double>(at);
  }
  return static_cast<double>(histogram.size());
}

void print(const Result& result, Receiver* receiver, int pid) {
  std::printf("{\"sent\":%" PRIu64 ",\"seconds\":%.3f,\"sentPerSecond\":%.0f", result.sent, result.seconds,
              static_cast<double>(result.sent) / result.seconds);
  if (receiver != nullptr) {
    const Counts& counts = receiver->counts();
    const uint64_t lost = result.sent > settled(counts) ? result.sent - settled(counts) : 0;
    const auto& histogram = receiver->latenciesMicroseconds();
    const uint64_t samples = std::accumulate(histogram.begin(), histogram.end(), uint64_t{0});
    std::printf(",\"returned\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"duplicated\":%" PRIu64 ",\"crossed\":%" PRIu64
                ",\"innerWrong\":%" PRIu64 ",\"outerWrong\":%" PRIu64 ",\"foreign\":%" PRIu64 ",\"large\":%" PRIu64
                ",\"generatorDrops\":%" PRIu64 ",\"returnedPerSecond\":%.0f,\"innerBitsPerSecond\":%.0f",
                counts.returned, lost, counts.duplicated, counts.crossed, counts.innerWrong, counts.outerWrong,
                counts.foreign, counts.large, receiver->socketDrops(), static_cast<double>(counts.returned) / result.seconds,
                static_cast<double>(counts.bytes) * 8 / result.seconds);
    if (samples > 0)
      std::printf(",\"latencyMicroseconds\":{\"samples\":%" PRIu64 ",\"p50\":%.0f,\"p99\":%.0f,\"max\":%.0f}", samples,
                  percentile(histogram, samples, 0.5), percentile(histogram, samples, 0.99),
                  percentile(histogram, samples - 1, 1));
    std::printf(",\"byEndpoint\":[");
    for (size_t at = 0; at < receiver->byEndpoint().size(); at++)
      std::printf("%s%" PRIu64, at == 0 ? "" : ",", receiver->byEndpoint()[at]);
    std::printf("],\"examples\":[");
    for (size_t at = 0; at < receiver->examples().size(); at++)
      std::printf("%s\"%s\"", at == 0 ? "" : ",", receiver->examples()[at].c_str());
    std::printf("]");
    if (pid > 0 && counts.returned > 0)
      std::printf(",\"cpuMicrosecondsPerPacket\":%.3f", result.cpuSeconds * 1e6 / static_cast<double>(counts.returned));
  }
  if (pid > 0) std::printf(",\"cpuSeconds\":%.4f", result.cpuSeconds);
  std::printf("}\n");
}

TrafficOptions trafficOf(const Arguments& arguments) {
  TrafficOptions options;
  for (const std::string& size : arguments.list("sizes", "512"))
    for (const std::string& kind : arguments.list("mix", "udp4"))
      options.shapes.push_back(parseShape(kind, static_cast<uint32_t>(std::stoul(size))));
  options.flows = static_cast<uint32_t>(arguments.number("flows", 1));
  options.endpoints = static_cast<uint32_t>(arguments.number("endpoints", 1));
  options.flowsPerHost = static_cast<uint32_t>(arguments.number("flows-per-host", 4));
  options.burst = static_cast<uint32_t>(arguments.number("burst", 1));
  options.endpointBase = std::stoull(arguments.text("endpoint-base", "0x0123456789ab0000"), nullptr, 16);
  options.sameTuples = arguments.has("same-tuples");
  options.bothDirections = arguments.has("both-directions");
  options.oddHeaders = arguments.has("odd-headers");
  options.laterFragmentFirst = arguments.has("later-fragment-first");
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, usage,
                            {"interface", "to", "from", "mix", "sizes", "flows", "endpoints", "flows-per-host", "burst",
                             "endpoint-base", "count", "seconds", "rate", "window", "batch", "hops", "warm-up-seconds",
                             "linger-ms", "pid"},
                            {"same-tuples", "both-directions", "odd-headers", "later-fragment-first", "large",
                             "no-receive", "spin"});
  const Traffic traffic(trafficOf(arguments));
  Path path;
  path.interface = lookUpInterface(arguments.required("interface"));
  path.destination = parseAddress(arguments.required("to"));
  path.source = arguments.has("from") ? parseAddress(arguments.text("from", "")) : path.interface.address;
  path.destinationMac = resolveNeighbour(arguments.required("interface"), path.destination);
  const auto batch = static_cast<uint32_t>(std::clamp<uint64_t>(arguments.number("batch", 32), 1, 1024));
  Sender sender(traffic, path, batch, arguments.has("large"));
  const bool anyHops = arguments.text("hops", "any") == "any";
  const int hops = anyHops ? 0 : static_cast<int>(arguments.number("hops", 0));
  std::unique_ptr<Receiver> receiver;
  if (!arguments.has("no-receive")) receiver = std::make_unique<Receiver>(traffic, path, hops, anyHops ? 1 : hops);
  const double warmUpSeconds = arguments.real("warm-up-seconds", 10);
  if (receiver && warmUpSeconds > 0 && !warmUp(traffic, sender, *receiver, warmUpSeconds)) {
    std::fprintf(stderr, "not every endpoint answered within %.1f s\n", warmUpSeconds);
    for (const std::string& example : receiver->examples()) std::fprintf(stderr, "%s\n", example.c_str());
    return 1;
  }
  const uint64_t count = arguments.number("count", 0);
  const Pace pace{arguments.real("rate", 0), count,
                  nanoseconds() + static_cast<uint64_t>(arguments.real("seconds", 3) * 1e9),
                  arguments.number("window", 0), arguments.has("spin")};
  const int pid = static_cast<int>(arguments.number("pid", 0));
  const Result result =
      run(sender, receiver.get(), pace, batch, arguments.number("linger-ms", 500) * 1'000'000, pid);
  print(result, receiver.get(), pid);
  return 0;
}
