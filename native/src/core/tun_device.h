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

}  // namespace geneve
