#include "kernel_pins.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tun_device.h"

namespace geneve {
namespace {

constexpr const char* kMapNames[] = {"map-endpoints", "map-devices", "map-flows", "map-hops", "map-settings", "map-counters", "map-related"};
static_assert(std::size(kMapNames) == kPinnedMapKinds);

std::string because(const std::string& what) { return what + ": " + std::strerror(errno); }

// Locked, or an errno: EWOULDBLOCK when another process has it.
FileDescriptor lockDirectory(const std::string& directory, std::string& reason) {
  FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    reason = because(directory);
    return fd;
  }
  struct statfs system {};
  if (::fstatfs(fd.get(), &system) != 0 || static_cast<unsigned long>(system.f_type) != BPF_FS_MAGIC) {
    reason = directory + " is not in a bpf file system (mount -t bpf bpf /sys/fs/bpf)";
    errno = ENOTSUP;
    return {};
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  reason = directory + " is used by a running process";
  errno = EBUSY;
  return {};
}

std::vector<std::string> namesIn(const std::string& directory) {
  std::vector<std::string> names;
  DIR* open = ::opendir(directory.c_str());
  if (open == nullptr) return names;
  while (const dirent* entry = ::readdir(open))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  ::closedir(open);
  std::sort(names.begin(), names.end());
  return names;
}

// Attachments first, so that nothing comes in while the rest goes.
std::vector<Remnant> inspect(const std::string& directory) {
  std::vector<Remnant> found;
  const std::vector<std::string> names = namesIn(directory);
  for (const std::string& name : names) {
    char kind[8], side[4];
    unsigned device;
    if (std::sscanf(name.c_str(), "%7[a-z]-%u-%3[a-z]", kind, &device, side) == 3 &&
        (std::strcmp(kind, "link") == 0 || std::strcmp(kind, "filter") == 0))
      found.push_back({kind, name, device, std::strcmp(side, "out") == 0});
  }
  const FileDescriptor devices = bpfOpenPinned(directory + "/" + KernelPins::nameOf(MapKind::kDevices));
  MapShape shape{};
  if (devices && bpfShape(devices.get(), shape) && shape.keyBytes == 4) {
    bpfForEach(devices.get(), shape.keyBytes, shape.valueBytes, [&](const void* key, const void*) {
      unsigned device;
      std::memcpy(&device, key, sizeof device);
      char name[IF_NAMESIZE];
      // An index may have become another device's: only those that can be ours.
      if (::if_indextoname(device, name) == nullptr) return;
      if (std::strncmp(name, "gwi-", 4) != 0 && std::strncmp(name, "gwo-", 4) != 0) return;
      const bool isKnown = std::any_of(found.begin(), found.end(), [&](const Remnant& one) { return one.kind == "interface" && one.device == device; });
      if (!isKnown) found.push_back({"interface", name, device});
    });
  }
  for (const std::string& name : names)
    if (std::find(std::begin(kMapNames), std::end(kMapNames), name) != std::end(kMapNames)) found.push_back({"map", name});
  found.push_back({"directory", directory});
  return found;
}

bool removeOne(const std::string& directory, const Remnant& one) {
  const std::string path = directory + "/" + one.name;
  if (one.kind == "interface") return removeTun(one.name) || ::if_nametoindex(one.name.c_str()) == 0;
  if (one.kind == "directory") return ::rmdir(directory.c_str()) == 0 || errno == ENOENT;
  if (one.kind == "filter") detachClsact(one.device, one.egress);
  return ::unlink(path.c_str()) == 0 || errno == ENOENT;
}

bool removeAll(const std::string& directory, std::vector<Remnant>& removed, std::string& reason) {
  bool isClean = true;
  for (Remnant& one : inspect(directory)) {
    if (removeOne(directory, one)) {
      removed.push_back(std::move(one));
    } else if (isClean) {
      isClean = false;
      reason = because(one.kind + " " + one.name);
    }
  }
  return isClean;
}

}  // namespace

const char* KernelPins::nameOf(MapKind kind) { return kMapNames[static_cast<size_t>(kind)]; }

std::string KernelPins::attachmentName(bool byClsact, unsigned device, bool egress) {
  return std::string(byClsact ? "filter-" : "link-") + std::to_string(device) + (egress ? "-out" : "-in");
}

bool KernelPins::open(const std::string& directory, std::string& reason) {
  directory_ = directory;
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    reason = because(directory);
    return false;
  }
  lock_ = lockDirectory(directory, reason);
  return static_cast<bool>(lock_);
}

void KernelPins::unlink(const std::string& name) const {
  if (lock_) ::unlink(path(name).c_str());
}

void KernelPins::clear() {
  std::vector<Remnant> removed;
  std::string reason;
  removeAll(directory_, removed, reason);
}

bool listRemnants(const std::string& directory, std::vector<Remnant>& remnants, std::string& reason) {
  const FileDescriptor lock = lockDirectory(directory, reason);
  if (!lock) return errno == ENOENT;
  remnants = inspect(directory);
  return true;
}

bool removeRemnants(const std::string& directory, std::vector<Remnant>& removed, std::string& reason) {
  const FileDescriptor lock = lockDirectory(directory, reason);
  if (!lock) return errno == ENOENT;
  return removeAll(directory, removed, reason);
}

}  // namespace geneve
