#include <cstdlib>
#include <cstring>
#include <random>

#include "runner.h"

namespace testing {
namespace {

unsigned failures = 0;
const char* current = "";

uint64_t seed() {
  if (const char* given = std::getenv("NET_TEST_SEED")) return std::strtoull(given, nullptr, 10);
  return std::random_device{}();
}

std::mt19937_64& generator() {
  static std::mt19937_64 engine([] {
    const uint64_t value = seed();
    std::printf("seed %llu (NET_TEST_SEED gives it again)\n", static_cast<unsigned long long>(value));
    return value;
  }());
  return engine;
}

}  // namespace

std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

void fail(const char* file, int line, const std::string& what) {
  if (++failures <= 20) std::fprintf(stderr, "%s:%d: %s: %s\n", file, line, current, what.c_str());
}

uint64_t draw() { return generator()(); }

unsigned factor() {
  const char* given = std::getenv("NET_TEST_FACTOR");
  return given == nullptr ? 1 : static_cast<unsigned>(std::max(1, std::atoi(given)));
}

}  // namespace testing

int main(int argc, char** argv) {
  const char* filter = argc > 1 ? argv[1] : "";
  unsigned ran = 0, passed = 0;
  for (const auto& test : testing::tests()) {
    if (std::strstr(test.name, filter) == nullptr) continue;
    testing::current = test.name;
    const unsigned before = testing::failures;
    test.body();
    ran++;
    passed += testing::failures == before;
    std::printf("%s %s\n", testing::failures == before ? "ok  " : "FAIL", test.name);
  }
  std::printf("%u of %u passed\n", passed, ran);
  return passed == ran && ran > 0 ? 0 : 1;
}
