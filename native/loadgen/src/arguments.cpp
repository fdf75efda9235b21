#include "arguments.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>

Arguments::Arguments(int argc, char** argv, const char* usage, const std::set<std::string>& valued,
                     const std::set<std::string>& flags) {
  for (int index = 1; index < argc; index++) {
    const std::string word = argv[index];
    if (word == "--help" || word == "-h") {
      std::fputs(usage, stdout);
      std::exit(0);
    }
    if (word.rfind("--", 0) != 0) {
      if (!mode_.empty()) usageError("unexpected word " + word);
      mode_ = word;
      continue;
    }
    const std::string name = word.substr(2);
    if (flags.contains(name)) {
      values_[name] = "1";
    } else if (valued.contains(name)) {
      if (index + 1 >= argc) usageError(word + " needs a value");
      values_[name] = argv[++index];
    } else {
      usageError("unknown option " + word + " (--help lists them)");
    }
  }
}

bool Arguments::has(const std::string& name) const { return values_.contains(name); }

std::string Arguments::text(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : found->second;
}

std::string Arguments::required(const std::string& name) const {
  if (!has(name)) usageError("--" + name + " is required");
  return text(name, "");
}

uint64_t Arguments::number(const std::string& name, uint64_t fallback) const {
  if (!has(name)) return fallback;
  const std::string value = text(name, "");
  char* end = nullptr;
  errno = 0;
  const uint64_t parsed = std::strtoull(value.c_str(), &end, 0);
  if (errno != 0 || end == value.c_str() || *end != '\0' || value[0] == '-')
    usageError("--" + name + " needs a number, not " + value);
  return parsed;
}

double Arguments::real(const std::string& name, double fallback) const {
  if (!has(name)) return fallback;
  const std::string value = text(name, "");
  char* end = nullptr;
  const double parsed = std::strtod(value.c_str(), &end);
  if (end == value.c_str() || *end != '\0' || parsed < 0) usageError("--" + name + " needs a number, not " + value);
  return parsed;
}

std::vector<std::string> Arguments::list(const std::string& name, const std::string& fallback) const {
  std::vector<std::string> items;
  std::stringstream stream(text(name, fallback));
  for (std::string item; std::getline(stream, item, ',');) items.push_back(item);
  if (items.empty()) usageError("--" + name + " needs at least one item");
  return items;
}

void fail(const std::string& message) {
  std::fprintf(stderr, errno != 0 ? "%s: %s\n" : "%s\n", message.c_str(), std::strerror(errno));
  std::exit(1);
}

void usageError(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(2);
}
