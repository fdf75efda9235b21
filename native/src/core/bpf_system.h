// The few bpf() commands and netlink messages that loading and attaching two tc programs takes, without libraries.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "mapping.h"

namespace geneve {

/// The pinned ones first.
enum class MapKind : uint8_t { kEndpoints, kDevices, kFlows, kHops, kSettings, kCounters, kRelated, kRings, kSamples };
inline constexpr unsigned kPinnedMapKinds = 7, kMapKinds = 9;

/// Instruction of a program that wants a map's descriptor.
struct MapUse {
  uint32_t instruction;
  MapKind map;
};

FileDescriptor bpfCreateMap(uint32_t type, uint32_t keyBytes, uint32_t valueBytes, uint32_t entries, const char* name);
/// A map of maps like `inner`, with one entry.
FileDescriptor bpfCreateMapOf(int inner, const char* name);
/// On failure errno is kept and `verdict` has the end of what the verifier said.
FileDescriptor bpfLoad(std::span<const uint64_t> program, std::span<const MapUse> uses, const FileDescriptor (&maps)[kMapKinds],
                       const char* name, std::string& verdict);

bool bpfUpdate(int map, const void* key, const void* value);
/// False with EEXIST when there is such a key.
bool bpfInsert(int map, const void* key, const void* value);
bool bpfLookup(int map, const void* key, void* value);
bool bpfDelete(int map, const void* key);
/// Every entry once, as far as nobody writes meanwhile: `each(key, value)`. False when the kernel would not tell.
bool bpfForEach(int map, size_t keyBytes, size_t valueBytes, const std::function<void(const void* key, const void* value)>& each);

struct MapShape {
  uint32_t type, keyBytes, valueBytes, entries;
  bool operator==(const MapShape&) const = default;
};
bool bpfShape(int map, MapShape& shape);

/// What the kernel says of a loaded program. `runs` and `runNs` count only while kernel.bpf_stats_enabled is 1.
struct ProgramInfo {
  uint32_t instructions = 0;  ///< As loaded, after the verifier's rewriting.
  uint32_t compiled = 0;      ///< Bytes of machine code; 0 where the kernel interprets.
  uint32_t verified = 0;      ///< Steps of the verifier, of a million allowed (Linux 5.16; else 0).
  uint64_t runs = 0, runNs = 0;
};
ProgramInfo bpfProgramInfo(int program);

/// Keeps what the descriptor stands for under `path`, in a bpf file system, until the path is unlinked.
bool bpfPin(int fd, const std::string& path);
FileDescriptor bpfOpenPinned(const std::string& path);
/// Puts another program into a link, without a moment between the two. False when its device is gone.
bool bpfUpdateLink(int link, int program);

/// CPUs that a per-CPU map has values for.
unsigned possibleCpus();

/// Attached as long as the descriptor is open (tcx, Linux 6.6). EINVAL from older kernels.
FileDescriptor attachTcx(int program, unsigned device, bool egress);
/// clsact and cls_bpf; attached until detached or the device goes.
bool attachClsact(int program, unsigned device, bool egress, const char* name);
void detachClsact(unsigned device, bool egress);

}  // namespace geneve
