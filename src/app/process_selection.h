// Which processes `syscope why` looks at. All that is given must hold.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "resolve/process_pattern.h"
#include "resolve/world.h"

namespace syscope::app {

class ProcessSelection {
 public:
  // Each takes the argument of its option; Cause::usage with the reason when it is none.
  [[nodiscard]] Result<void> add_pids(std::string_view list);  // "812,813"
  [[nodiscard]] Result<void> set_match(const std::string& expression);
  [[nodiscard]] Result<void> set_user(std::string_view name_or_number);
  [[nodiscard]] Result<void> set_port(std::string_view number);
  // The path of a control group, as /proc/PID/cgroup has it or below /sys/fs/cgroup; cgroups(7).
  [[nodiscard]] Result<void> set_cgroup(std::string_view path);
  [[nodiscard]] Result<void> set_container(std::string_view id_or_name);

  // Processes or threads asked for by number.
  [[nodiscard]] const std::vector<pid_t>& named() const { return named_; }
  // Whether anything is given at all.
  [[nodiscard]] bool any() const { return !named_.empty() || narrows(); }
  // Whether anything besides numbers is given.
  [[nodiscard]] bool narrows() const {
    return match_.has_value() || user_.has_value() || port_ != 0 || !cgroup_.empty() ||
           !container_.empty();
  }

  // Those that are named, or all user processes but this program, as far as the rest holds.
  // not_found, with what was asked for, when there is none. Users are looked up in /etc/passwd.
  [[nodiscard]] Result<std::vector<pid_t>> processes(resolve::World& world) const;

 private:
  [[nodiscard]] bool wants(resolve::World& world, pid_t pid, std::optional<uid_t> user) const;
  [[nodiscard]] bool has_port(resolve::World& world, pid_t pid) const;
  [[nodiscard]] bool in_cgroup(resolve::World& world, pid_t pid) const;
  [[nodiscard]] std::string description() const;

  std::vector<pid_t> named_;
  std::optional<resolve::ProcessPattern> match_;
  std::string match_text_;
  std::optional<std::string> user_;
  std::uint16_t port_ = 0;
  std::string cgroup_;  // without a slash at the end
  std::string container_;
};

}  // namespace syscope::app
