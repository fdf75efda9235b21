// The shared vectors as `scripts/vectors-to-text.mjs` writes them: one case a line, fields separated by tabs.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace testing {

std::vector<std::vector<std::string>> readVectors(const std::string& file);
std::vector<uint8_t> bytesOf(const std::string& hex);
std::string hexOf(const uint8_t* data, size_t length);

}  // namespace testing
