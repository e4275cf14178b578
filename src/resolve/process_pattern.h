// `--match REGEX`: processes by their full command line, as `pgrep --full` finds them.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace syscope::resolve {

class World;

// A POSIX extended regular expression. regex(7).
class ProcessPattern {
 public:
  // Cause::usage with the place and reason when the expression is wrong.
  [[nodiscard]] static Result<ProcessPattern> compile(const std::string& expression);
  ProcessPattern(ProcessPattern&&) noexcept;
  ProcessPattern& operator=(ProcessPattern&&) noexcept;
  ~ProcessPattern();

  [[nodiscard]] bool matches(const std::string& command_line) const;

 private:
  struct Compiled;
  explicit ProcessPattern(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

// All that match, ascending, but never this program itself.
[[nodiscard]] std::vector<pid_t> matching_processes(World& world, const ProcessPattern& pattern);

}  // namespace syscope::resolve
