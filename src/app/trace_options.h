// The command line of `trace`, which is strace's, as one value.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/engine_options.h"
#include "base/result.h"
#include "present/summary_columns.h"
#include "present/trace_text.h"
#include "select/filter.h"

namespace syscope::app {

// When fatal signals (HUP, INT, QUIT, PIPE, TERM) end the trace: -I.
enum class Interruptible : std::uint8_t { by_default, anywhere, waiting, never, never_tstp };
enum class SummaryMode : std::uint8_t { none, only, also };
enum class Color : std::uint8_t { never, automatic, always };
enum class EngineChoice : std::uint8_t { automatic, ptrace, bpf };
enum class StackDetail : std::uint8_t { none, symbol, source };
enum class TipFormat : std::uint8_t { none, compact, full };

// --tips: which one, and how much of its frame.
struct TipChoice {
  TipFormat format = TipFormat::none;
  std::optional<std::uint32_t> id;  // nothing: any
};

enum class Task : std::uint8_t { trace, show_help, show_version };

struct TraceOptions {
  std::string program;     // the name that diagnostics begin with
  bool is_strace = false;  // called by that name: its manners and exit statuses
  Task task = Task::trace;

  std::vector<std::string> command;              // with its arguments; empty if there is none
  std::string argv0;                             // --argv0; empty: as the command was called
  std::vector<std::string> environment_changes;  // -E: VAR=VALUE, or VAR to remove
  std::string user;                              // -u: NAME or UID:GID
  std::vector<pid_t> attach;                     // -p
  std::string match;                             // --match: regular expression of command lines
  bool follow_forks = false;
  bool separate_outputs = false;
  bool seccomp_filter = false;
  bool kill_on_exit = false;    // --kill-on-exit
  bool detach_on_exec = false;  // -b execve
  Interruptible interruptible = Interruptible::by_default;
  int daemonize = 0;  // number of D

  EngineChoice engine = EngineChoice::automatic;
  EngineOptions engine_options;

  std::string output;  // -o: a path, or a command behind | or !; empty: stderr
  bool append = false;
  bool json = false;
  bool always_show_pid = false;
  bool debug = false;
  Color color = Color::automatic;
  TipChoice tips;
  select::Filter filter;
  present::TraceTextStyle style;
  std::uint32_t string_limit = 32;
  StackDetail stacks = StackDetail::none;  // -k
  std::uint32_t stack_frames = 256;        // --stack-trace-frame-limit
  std::uint64_t call_limit = 0;  // --syscall-limit; 0: none

  SummaryMode summary = SummaryMode::none;
  present::SummaryStyle summary_style;

};

// Parses `arguments`, whose first is the name that diagnostics begin with. Options end at the
// command. Messages about options that do not exist come from getopt_long(3) itself, on stderr; the
// error then has no text but the hint. What has no effect is told on stderr at once. Errors have the
// cause usage.
[[nodiscard]] Result<TraceOptions> parse_trace_options(std::span<char*> arguments, bool is_strace);

// What -h prints.
[[nodiscard]] std::string trace_help(std::string_view program);

}  // namespace syscope::app
