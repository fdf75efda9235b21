// Multi-queue tun interfaces with virtio headers where the kernel has them.
#pragma once
#include <string>
#include <vector>

#include "mapping.h"

namespace geneve {

struct TunFeatures {
  bool vnetHeader = false;
  bool tso = false;
  bool uso = false;
};

struct TunDevice {
  std::string name;
  unsigned index = 0;
  std::vector<FileDescriptor> queues;
};

/// What a tun of this kernel offers when `offload` is wanted; asked of a throw-away interface. False with errno when
/// no tun can be made at all.
bool probeTun(bool offload, TunFeatures& features, std::string& failedCall);

/// A new interface, up, with `queues` queues. An interface of that name that exists already is an error (EBUSY), never
/// shared. On failure errno is kept and `failedCall` names the step.
bool createTun(const std::string& name, unsigned queues, unsigned mtu, const TunFeatures& features, TunDevice& device,
               std::string& failedCall);

/// An interface that outlived its last owner, as it stands: its addresses, MTU and state are left alone. ENODEV when
/// there is none of that name and index.
bool adoptTun(const std::string& name, unsigned index, unsigned queues, const TunFeatures& features, TunDevice& device,
              std::string& failedCall);

/// Whether the interface stays when its last descriptor is closed.
bool setPersistent(const TunDevice& device, bool on);

/// Removes a persistent interface, at once when nobody has it open.
bool removeTun(const std::string& name);

}  // namespace geneve
