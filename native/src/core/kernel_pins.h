// What of the kernel path outlives its process: maps and links under names in a directory of a bpf file system.
//
//   map-endpoints ...        the maps; the programs' flows are those that a next process takes over
//   link-INDEX-in|out        a tcx link on the device of that index
//   filter-INDEX-in|out      says that a clsact filter is there; unlinking it leaves the filter
//
// Invariant: who works on a directory holds its lock, which ends with the process.
#pragma once
#include <string>
#include <vector>

#include "bpf_system.h"

namespace geneve {

class KernelPins {
 public:
  /// Makes the directory where it is missing and locks it. False with errno and a reason; EBUSY: another process has it.
  bool open(const std::string& directory, std::string& reason);
  explicit operator bool() const { return static_cast<bool>(lock_); }

  static const char* nameOf(MapKind kind);
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  static std::string attachmentName(bool byClsact, unsigned device, bool egress);
  void unlink(const std::string& name) const;
  /// Detaches, unlinks and removes all of it, the directory last.
  void clear();
  /// Lets another process have the directory.
  void release() { lock_.reset(); }

 private:
  std::string directory_;
  FileDescriptor lock_;
};

/// One thing that a process left behind.
struct Remnant {
  std::string kind;  ///< link, filter, interface, map or directory.
  std::string name;
  unsigned device = 0;  ///< Interface index of a link, filter or interface.
  bool egress = false;
};

/// What is under the directory, in the order in which it is to be removed; empty when nothing is. Reads only. False with
/// a reason when it cannot be read or a process uses it.
bool listRemnants(const std::string& directory, std::vector<Remnant>& remnants, std::string& reason);

/// Removes what `listRemnants` finds. True when nothing is left.
bool removeRemnants(const std::string& directory, std::vector<Remnant>& removed, std::string& reason);

}  // namespace geneve
