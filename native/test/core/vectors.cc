#include "vectors.h"

#include <cstdlib>
#include <fstream>

#include "runner.h"

namespace testing {

std::vector<std::vector<std::string>> readVectors(const std::string& file) {
  const char* folder = std::getenv("GENEVE_VECTORS");
  std::ifstream in(std::string(folder == nullptr ? "." : folder) + "/" + file);
  std::vector<std::vector<std::string>> cases;
  for (std::string line; std::getline(in, line);) {
    std::vector<std::string> fields(1);
    for (const char c : line) {
      if (c == '\t') fields.emplace_back();
      else fields.back() += c;
    }
    cases.push_back(std::move(fields));
  }
  CHECK_FOR(!cases.empty(), file + ": set GENEVE_VECTORS to the folder that vectors-to-text.mjs wrote");
  return cases;
}

std::vector<uint8_t> bytesOf(const std::string& hex) {
  std::vector<uint8_t> bytes;
  for (size_t at = 0; at + 1 < hex.size(); at += 2)
    bytes.push_back(static_cast<uint8_t>(std::strtoul(hex.substr(at, 2).c_str(), nullptr, 16)));
  return bytes;
}

std::string hexOf(const uint8_t* data, size_t length) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < length; ++i) {
    text += kDigits[data[i] >> 4];
    text += kDigits[data[i] & 15];
  }
  return text;
}

}  // namespace testing
