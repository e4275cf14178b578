#include "resolve/process_pattern.h"

#include <regex.h>
#include <unistd.h>

#include <utility>

#include "resolve/world.h"

namespace syscope::resolve {

struct ProcessPattern::Compiled {
  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    if (valid) ::regfree(&expression);
  }
  regex_t expression{};
  bool valid = false;
};

ProcessPattern::ProcessPattern(std::unique_ptr<Compiled> compiled)
    : compiled_(std::move(compiled)) {}
ProcessPattern::ProcessPattern(ProcessPattern&&) noexcept = default;
ProcessPattern& ProcessPattern::operator=(ProcessPattern&&) noexcept = default;
ProcessPattern::~ProcessPattern() = default;

Result<ProcessPattern> ProcessPattern::compile(const std::string& expression) {
  auto compiled = std::make_unique<Compiled>();
  const int error = ::regcomp(&compiled->expression, expression.c_str(), REG_EXTENDED | REG_NOSUB);
  if (error != 0) {
    char reason[128];
    ::regerror(error, &compiled->expression, reason, sizeof reason);
    return fail(Cause::usage, std::string("bad regular expression: ") + reason, expression,
                "see regex(7)");
  }
  compiled->valid = true;
  return ProcessPattern(std::move(compiled));
}

bool ProcessPattern::matches(const std::string& command_line) const {
  return ::regexec(&compiled_->expression, command_line.c_str(), 0, nullptr, 0) == 0;
}

std::vector<pid_t> matching_processes(World& world, const ProcessPattern& pattern) {
  std::vector<pid_t> found;
  for (const pid_t pid : world.processes())
    if (pid != ::getpid() && pattern.matches(world.command_line(pid))) found.push_back(pid);
  return found;
}

}  // namespace syscope::resolve
