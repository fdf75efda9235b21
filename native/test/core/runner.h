// A test runner of a page: TEST(name) { CHECK(condition); }. `core_tests [FILTER]` runs those whose name contains FILTER.
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace testing {

struct Test {
  const char* name;
  void (*body)();
};

std::vector<Test>& tests();
void fail(const char* file, int line, const std::string& what);
/// Reproducible: NET_TEST_SEED gives it again, printed at start.
uint64_t draw();
inline uint64_t draw(uint64_t below) { return draw() % below; }
/// 1 in the normal suite; NET_TEST_FACTOR multiplies the work of random tests.
unsigned factor();

struct Registration {
  Registration(const char* name, void (*body)()) { tests().push_back({name, body}); }
};

}  // namespace testing

#define TEST(name)                                                \
  static void test_##name();                                      \
  static const testing::Registration registration_##name(#name, test_##name); \
  static void test_##name()

#define CHECK(condition) \
  do {                   \
    if (!(condition)) testing::fail(__FILE__, __LINE__, #condition); \
  } while (false)

#define CHECK_FOR(condition, context) \
  do {                                \
    if (!(condition)) testing::fail(__FILE__, __LINE__, std::string(#condition) + " for " + (context)); \
  } while (false)
