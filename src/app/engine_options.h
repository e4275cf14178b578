// The options of `syscope trace` that strace does not have: what the eBPF engine selects, keeps and
// counts inside the kernel.
#pragma once

#include <getopt.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/engine.h"

namespace syscope::app {

struct EngineOptions {
  bool lossless = false;
  std::size_t buffer_bytes = 0;             // of each CPU; 0: the engine's choice
  std::chrono::nanoseconds longer_than{0};  // --duration: only calls that took longer
  std::uint64_t max_events = 0;             // end after so many calls; 0: no limit
  // Whom to trace, as the command line has it.
  bool everything = false;
  std::string user;
  std::string cgroup;
  std::string container;
  std::string pid_namespace;
  // What -c shows besides its table.
  bool per_thread = false;
  std::vector<std::string> histograms;

  [[nodiscard]] bool selects() const {
    return everything || !user.empty() || !cgroup.empty() || !container.empty() ||
           !pid_namespace.empty();
  }
  [[nodiscard]] bool wants_statistics() const { return per_thread || !histograms.empty(); }
  // The option that only the eBPF engine can honour, "" if there is none.
  [[nodiscard]] std::string_view needs_bpf() const;
};

// For getopt_long(3); without the entry of zeros at the end. Their values begin at
// first_engine_option.
[[nodiscard]] std::span<const option> engine_long_options();
inline constexpr int first_engine_option = 1024;

// Takes one of those. Errors: a value that cannot be read (Cause::usage).
[[nodiscard]] Result<void> take_engine_option(int letter, std::string_view value,
                                              EngineOptions& options);

// Looks up users, control groups, containers and namespaces. A cgroup is a directory, or its path below
// /sys/fs/cgroup; a container is the beginning of its id or its name, and one of its processes must be
// running; a PID namespace is that of a process, or pid:[NUMBER]. cgroups(7), pid_namespaces(7).
// Errors: Cause::not_found for what is not there.
[[nodiscard]] Result<capture::Selection> make_selection(const EngineOptions& options);

}  // namespace syscope::app
