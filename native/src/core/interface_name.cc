#include "interface_name.h"

namespace geneve {

std::string base60(uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX";
  char text[12];
  char* at = text + sizeof text;
  do {
    *--at = kDigits[value % 60];
    value /= 60;
  } while (value != 0);
  return {at, text + sizeof text};
}

}  // namespace geneve
