// Interface names of an endpoint: `gwi-` and `gwo-` and its id in base 60, digits 0-9 a-z A-X, as the original's.
#pragma once
#include <cstdint>
#include <string>

namespace geneve {

/// At most 11 digits, most significant first, no padding.
std::string base60(uint64_t value);

}  // namespace geneve
