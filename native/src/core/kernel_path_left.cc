// What a process before this one left in the maps, and what the kernel says of the programs.
#include <linux/types.h>
#include <net/if.h>

#include <algorithm>
#include <cstring>

#include "engine_state.h"
#include "kernel_path.h"

namespace geneve {
namespace wire {
#include "../../bpf/datapath.h"
}  // namespace wire

std::vector<KernelPath::Left> KernelPath::leftEndpoints() const {
  std::vector<Left> left;
  if (!keep_) return left;
  bpfForEach(map(MapKind::kEndpoints), 8, sizeof(wire::endpoint), [&](const void* key, const void* value) {
    uint64_t eni;
    wire::endpoint endpoint;
    std::memcpy(&eni, key, sizeof eni);
    std::memcpy(&endpoint, value, sizeof endpoint);
    left.push_back({__builtin_bswap64(eni), endpoint.id, endpoint.gwi, 0});
  });
  bpfForEach(map(MapKind::kDevices), 4, sizeof(wire::device), [&](const void* key, const void* value) {
    uint32_t index;
    wire::device device;
    std::memcpy(&index, key, sizeof index);
    std::memcpy(&device, value, sizeof device);
    for (Left& one : left)
      if (device.is_gwi == 0 && one.id == device.id) one.gwo = index;
  });
  return left;
}

std::vector<uint32_t> KernelPath::leftHops() const {
  std::vector<uint32_t> left;
  if (!keep_) return left;
  bpfForEach(map(MapKind::kHops), 4, sizeof(wire::hop), [&](const void* key, const void*) {
    left.emplace_back();
    std::memcpy(&left.back(), key, sizeof left.back());
  });
  return left;
}

void KernelPath::leftFlows(const std::function<void(const FlowKey&, const FlowValue&, uint32_t seenTicks)>& each) const {
  if (!keep_) return;
  bpfForEach(map(MapKind::kFlows), sizeof(FlowKey), sizeof(wire::flow_value), [&](const void* key, const void* value) {
    FlowKey flow;
    wire::flow_value entry;
    std::memcpy(&flow, key, sizeof flow);
    std::memcpy(&entry, value, sizeof entry);
    // The other direction's entry has the header of an answer.
    if (entry.is_answer != 0) return;
    each(flow, valueOf(entry), ticksOf(entry.seen / 1'000'000));
  });
}

void KernelPath::disown(const Left& left) {
  const std::lock_guard guard(mutex_);
  const uint64_t eni = __builtin_bswap64(left.eni);
  bpfDelete(map(MapKind::kEndpoints), &eni);
  for (const unsigned device : {left.gwo, left.gwi}) {
    if (device == 0) continue;
    bpfDelete(map(MapKind::kDevices), &device);
    for (const bool egress : {true, false})
      for (const bool byClsact : {true, false}) pins_.unlink(KernelPins::attachmentName(byClsact, device, egress));
    char name[IF_NAMESIZE];
    if (::if_indextoname(device, name) != nullptr && (std::strncmp(name, "gwi-", 4) == 0 || std::strncmp(name, "gwo-", 4) == 0)) removeTun(name);
  }
}

void KernelPath::forgetFlow(const FlowKey& key) { bpfDelete(map(MapKind::kFlows), &key); }

std::vector<ProgramSnapshot> KernelPath::programs() const {
  std::vector<ProgramSnapshot> all;
  for (const auto& [name, fd] : {std::pair{"receive", receive_.get()}, std::pair{"send", send_.get()}}) {
    const ProgramInfo info = bpfProgramInfo(fd);
    all.push_back({name, info.instructions, info.compiled, info.verified, info.runs, info.runNs});
  }
  return all;
}

}  // namespace geneve
