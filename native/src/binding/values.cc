#include "values.h"

#include <arpa/inet.h>

#include <cstring>

namespace geneve {
namespace {

double number(Napi::Object from, const char* name) { return from.Get(name).As<Napi::Number>().DoubleValue(); }
bool flag(Napi::Object from, const char* name) { return from.Get(name).As<Napi::Boolean>().Value(); }
std::string text(Napi::Object from, const char* name) { return from.Get(name).As<Napi::String>().Utf8Value(); }

uint32_t address(const std::string& dotted) {
  in_addr value{};
  ::inet_pton(AF_INET, dotted.c_str(), &value);
  return ntohl(value.s_addr);
}

Cidr cidr(const std::string& written) {
  const size_t slash = written.find('/');
  const int bits = std::atoi(written.c_str() + slash + 1);
  const uint32_t mask = bits == 0 ? 0 : ~uint32_t{0} << (32 - bits);
  return {address(written.substr(0, slash)) & mask, mask};
}

Napi::Float64Array toArray(Napi::Env env, const LaneCounters& counters) {
  const uint64_t values[] = {
#define X(name) counters.name.get(),
      GENEVE_LANE_COUNTERS(X)
#undef X
  };
  auto array = Napi::Float64Array::New(env, std::size(values));
  for (size_t i = 0; i < std::size(values); ++i) array[i] = static_cast<double>(values[i]);
  return array;
}

Napi::Float64Array toArray(Napi::Env env, const EndpointCounters& counters) {
  const uint64_t values[] = {
#define X(name) counters.name.get(),
      GENEVE_ENDPOINT_COUNTERS(X)
#undef X
  };
  auto array = Napi::Float64Array::New(env, std::size(values));
  for (size_t i = 0; i < std::size(values); ++i) array[i] = static_cast<double>(values[i]);
  return array;
}

Napi::Array names(Napi::Env env, std::initializer_list<const char*> list) {
  auto array = Napi::Array::New(env);
  uint32_t at = 0;
  for (const char* name : list) array.Set(at++, name);
  return array;
}

const char* typeName(EngineEvent::Type type) {
  switch (type) {
    case EngineEvent::Type::kEndpointCreated: return "endpoint-created";
    case EngineEvent::Type::kEndpointIdle: return "endpoint-idle";
    case EngineEvent::Type::kEndpointRemoved: return "endpoint-removed";
    case EngineEvent::Type::kEndpointRefused: return "endpoint-refused";
    case EngineEvent::Type::kTunLost: return "tun-lost";
    case EngineEvent::Type::kLaneStuck: return "lane-stuck";
    case EngineEvent::Type::kLaneRecovered: return "lane-recovered";
    case EngineEvent::Type::kLog: break;
  }
  return "log";
}

}  // namespace

EngineConfig toConfig(Napi::Object from) {
  EngineConfig config;
  config.port = static_cast<uint16_t>(number(from, "port"));
  config.listenAddress = address(text(from, "listenAddress"));
  config.sharePort = flag(from, "sharePort");
  const auto lanes = from.Get("lanes").As<Napi::Int32Array>();
  for (size_t i = 0; i + 2 < lanes.ElementLength(); i += 3) config.lanes.push_back({lanes[i], lanes[i + 1] != 0, lanes[i + 2] != 0});
  config.maxFlows = static_cast<size_t>(number(from, "maxFlows"));
  config.flowIdleSeconds = static_cast<uint32_t>(number(from, "flowIdleSeconds"));
  config.maxEndpoints = static_cast<size_t>(number(from, "maxEndpoints"));
  config.createPerSecond = static_cast<uint32_t>(number(from, "createPerSecond"));
  const auto endpoints = from.Get("endpoints").As<Napi::BigUint64Array>();
  for (size_t i = 0; i < endpoints.ElementLength(); ++i) config.endpoints.push_back(endpoints[i]);
  config.endpointIdleSeconds = static_cast<uint32_t>(number(from, "endpointIdleSeconds"));
  const auto allow = from.Get("allowFrom").As<Napi::Array>();
  for (uint32_t i = 0; i < allow.Length(); ++i) config.allowFrom.push_back(cidr(allow.Get(i).As<Napi::String>().Utf8Value()));
  config.offload = flag(from, "offload");
  config.decapOnly = flag(from, "decapOnly");
  config.mtu = static_cast<unsigned>(number(from, "mtu"));
  config.pendingQueue = flag(from, "pendingQueue");
  config.pendingPackets = static_cast<unsigned>(number(from, "pendingPackets"));
  config.outerChecksum = static_cast<OuterChecksum>(number(from, "outerChecksum"));
  config.returnPath = static_cast<ReturnPath>(number(from, "returnPath"));
  config.keepDscp = flag(from, "keepDscp");
  config.datapath = static_cast<Datapath>(number(from, "datapath"));
  config.kernelAttach = static_cast<KernelAttach>(number(from, "kernelAttach"));
  config.kernelFlows = static_cast<size_t>(number(from, "kernelFlows"));
  config.kernelState = text(from, "kernelState");
  config.handOver = flag(from, "handOver");
  config.receiveBufferBytes = static_cast<int>(number(from, "receiveBufferBytes"));
  config.stuckSeconds = static_cast<uint32_t>(number(from, "stuckSeconds"));
  config.captureRingBytes = static_cast<size_t>(number(from, "captureRingBytes"));
  return config;
}

Napi::Object toObject(Napi::Env env, const EngineEvent& event) {
  auto object = Napi::Object::New(env);
  object.Set("type", typeName(event.type));
  object.Set("eniId", Napi::BigInt::New(env, event.eni));
  object.Set("gwi", event.gwi);
  object.Set("gwo", event.gwo);
  object.Set("text", event.text);
  object.Set("detail", event.detail);
  object.Set("section", event.section);
  object.Set("number", event.number);
  return object;
}

Napi::Object toObject(Napi::Env env, const EngineSnapshot& snapshot, uint64_t eventsDropped) {
  auto object = Napi::Object::New(env);
  object.Set("nowMs", static_cast<double>(snapshot.nowMs));
  object.Set("port", static_cast<double>(snapshot.port));
  auto lanes = Napi::Array::New(env);
  for (const LaneSnapshot& lane : snapshot.lanes) {
    auto one = Napi::Object::New(env);
    one.Set("udp", lane.udp);
    one.Set("tun", lane.tun);
    one.Set("healthy", lane.healthy);
    one.Set("counters", toArray(env, *lane.counters));
    constexpr size_t kDrops = static_cast<size_t>(DropReason::kCount);
    auto drops = Napi::Float64Array::New(env, kDrops);
    for (size_t i = 0; i < kDrops; ++i) drops[i] = static_cast<double>(lane.counters->drops[i].get());
    one.Set("drops", drops);
    lanes.Set(lanes.Length(), one);
  }
  object.Set("lanes", lanes);
  auto endpoints = Napi::Array::New(env);
  for (const EndpointSnapshot& endpoint : snapshot.endpoints) {
    auto one = Napi::Object::New(env);
    one.Set("eniId", Napi::BigInt::New(env, endpoint.eni));
    one.Set("gwi", endpoint.gwi);
    one.Set("gwo", endpoint.gwo);
    one.Set("state", endpoint.state);
    auto each = Napi::Array::New(env);
    for (const EndpointCounters* counters : endpoint.lanes) each.Set(each.Length(), toArray(env, *counters));
    one.Set("lanes", each);
    const FlowLossCounts& counts = endpoint.flows;
    const uint64_t values[] = {counts.size4, counts.timedOut4, counts.evicted4, counts.size6, counts.timedOut6, counts.evicted6};
    auto flows = Napi::Float64Array::New(env, std::size(values));
    for (size_t i = 0; i < std::size(values); ++i) flows[i] = static_cast<double>(values[i]);
    one.Set("flows", flows);
    endpoints.Set(endpoints.Length(), one);
  }
  object.Set("endpoints", endpoints);
  auto flows = Napi::Object::New(env);
  flows.Set("size", static_cast<double>(snapshot.flows));
  flows.Set("capacity", static_cast<double>(snapshot.flowCapacity));
  flows.Set("timedOut", static_cast<double>(snapshot.flowsTimedOut));
  flows.Set("evicted", static_cast<double>(snapshot.flowsEvicted));
  flows.Set("adopted", static_cast<double>(snapshot.flowsAdopted));
  flows.Set("kernelCapacity", static_cast<double>(snapshot.kernelFlowCapacity));
  flows.Set("kernelEvicted", static_cast<double>(snapshot.kernelFlowsEvicted));
  flows.Set("idleSeconds", static_cast<double>(snapshot.flowIdleSeconds));
  flows.Set("bytes", static_cast<double>(snapshot.flowBytes));
  object.Set("flows", flows);
  object.Set("endpointsCreated", static_cast<double>(snapshot.endpointsCreated));
  object.Set("endpointsRefused", static_cast<double>(snapshot.endpointsRefused));
  object.Set("captureDropped", static_cast<double>(snapshot.captureDropped));
  object.Set("eventsDropped", static_cast<double>(eventsDropped));
  auto features = Napi::Object::New(env);
  features.Set("udpGro", snapshot.features.udpGro);
  features.Set("tunTso", snapshot.features.tunTso);
  features.Set("tunUso", snapshot.features.tunUso);
  features.Set("packetSocket", snapshot.features.packetSocket);
  features.Set("packetUso", snapshot.features.packetUso);
  features.Set("kernelPath", snapshot.features.kernelPath);
  object.Set("features", features);
  object.Set("programs", toObject(env, snapshot.programs));
  return object;
}

Napi::Array toObject(Napi::Env env, const std::vector<ProgramSnapshot>& programs) {
  auto array = Napi::Array::New(env);
  for (const ProgramSnapshot& program : programs) {
    auto one = Napi::Object::New(env);
    one.Set("name", program.name);
    one.Set("instructions", program.instructions);
    one.Set("compiledBytes", program.compiledBytes);
    one.Set("verified", program.verified);
    one.Set("runs", static_cast<double>(program.runs));
    one.Set("runNs", static_cast<double>(program.runNs));
    array.Set(array.Length(), one);
  }
  return array;
}

Napi::Object toObject(Napi::Env env, const CaptureRecord& record) {
  auto object = Napi::Object::New(env);
  object.Set("point", static_cast<double>(record.point));
  object.Set("lane", static_cast<double>(record.lane));
  object.Set("eniId", Napi::BigInt::New(env, record.eni));
  object.Set("timeNs", Napi::BigInt::New(env, record.timeNs));
  object.Set("length", static_cast<double>(record.length));
  object.Set("source", static_cast<double>(record.source));
  object.Set("sourcePort", static_cast<double>(record.sourcePort));
  object.Set("destination", static_cast<double>(record.destination));
  object.Set("destinationPort", static_cast<double>(record.destinationPort));
  auto data = Napi::Uint8Array::New(env, record.data.size());
  if (!record.data.empty()) std::memcpy(data.Data(), record.data.data(), record.data.size());
  object.Set("data", data);
  return object;
}

Napi::Object counterNames(Napi::Env env) {
  auto object = Napi::Object::New(env);
#define X(name) #name,
  object.Set("lane", names(env, {GENEVE_LANE_COUNTERS(X)}));
  object.Set("endpoint", names(env, {GENEVE_ENDPOINT_COUNTERS(X)}));
#undef X
#define X(name, text) text,
  object.Set("drop", names(env, {GENEVE_DROP_REASONS(X)}));
#undef X
  return object;
}

Napi::Error toError(Napi::Env env, const Failure& failure) {
  std::string message = failure.message;
  if (failure.errnoValue != 0) message += std::string(": ") + std::strerror(failure.errnoValue);
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, failure.code));
  if (const char* name = failure.errnoValue != 0 ? ::strerrorname_np(failure.errnoValue) : nullptr)
    error.Set("errnoName", Napi::String::New(env, name));
  return error;
}

}  // namespace geneve
