// Command lines of the form --name value and --flag. Unknown names end the program with a message and exit code 2.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

class Arguments {
 public:
  /** `valued` take one value, `flags` none. Prints `usage` and exits for --help. */
  Arguments(int argc, char** argv, const char* usage, const std::set<std::string>& valued,
            const std::set<std::string>& flags);

  bool has(const std::string& name) const;
  std::string text(const std::string& name, const std::string& fallback) const;
  std::string required(const std::string& name) const;
  uint64_t number(const std::string& name, uint64_t fallback) const;
  double real(const std::string& name, double fallback) const;
  std::vector<std::string> list(const std::string& name, const std::string& fallback) const;
  /** First word that is not an option, for programs with a mode. */
  const std::string& mode() const { return mode_; }

 private:
  std::map<std::string, std::string> values_;
  std::string mode_;
};

/** Prints the message with errno's text when it is set and exits with 1. */
[[noreturn]] void fail(const std::string& message);
/** Prints the message and exits with 2. */
[[noreturn]] void usageError(const std::string& message);
