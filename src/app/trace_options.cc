#include "app/trace_options.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "app/trace_errors.h"
#include "app/trace_option_table.h"
#include "app/trace_values.h"

namespace syscope::app {
namespace {

using present::SecondsPrecision;
using std::string_view;

constexpr std::uint32_t longest_string = 0x3fffffff;
constexpr std::uint32_t most_stack_frames = 0xffff;

// The state while options are read: how often letters came, and what was said last.
class Parser {
 public:
  explicit Parser(std::span<char*> arguments, bool is_strace) : arguments_(arguments) {
    options_.program = arguments[0];
    options_.is_strace = is_strace;
    options_.style.early_separator = !is_strace;
    long_options_.assign(std::begin(long_options), std::end(long_options) - 1);
    if (!is_strace) {
      const auto more = engine_long_options();
      long_options_.insert(long_options_.end(), more.begin(), more.end());
    }
    long_options_.push_back({});
  }

  Result<TraceOptions> run() {
    optind = 0;
    opterr = 1;
    const int count = static_cast<int>(arguments_.size());
    while (true) {
      int index = -1;
      const int letter = getopt_long(count, arguments_.data(), short_options, long_options_.data(), &index);
      if (letter == -1) break;
      spelling_ = index >= 0 ? std::string("--") + long_options_[static_cast<std::size_t>(index)].name
                             : std::string{'-', static_cast<char>(letter)};
      if (auto taken = take(letter, optarg == nullptr ? string_view{} : string_view(optarg)); !taken) {
        return std::unexpected(taken.error());
      }
      if (options_.task != Task::trace) return std::move(options_);
    }
    for (int i = optind; i < count; ++i) options_.command.emplace_back(arguments_[i]);
    if (auto checked = check(); !checked) return std::unexpected(checked.error());
    return std::move(options_);
  }

 private:
  void warn(const std::string& text) const { complain(options_.program, text); }
  [[nodiscard]] std::unexpected<Error> with_hint(std::string what) const {
    return fail(Cause::usage, std::move(what), {},
                "Try '" + options_.program + " -h' for more information.");
  }
  [[nodiscard]] std::unexpected<Error> invalid(string_view value) const {
    return with_hint("invalid " + spelling_ + " argument: '" + std::string(value) + "'");
  }
  // What a reader of values made of one.
  template <class Value, class To>
  Result<void> assign(std::optional<Value> read, string_view value, To& to) {
    if (!read) return invalid(value);
    to = std::move(*read);
    return {};
  }
  Result<void> qualify(string_view name, string_view value) {
    return select::apply(std::string(name) + "=" + std::string(value), options_.filter);
  }

  [[nodiscard]] bool is_long() const { return spelling_.starts_with("--"); }
  [[nodiscard]] bool given_long(char letter) const { return long_given_.contains(letter); }

  Result<void> take(int letter, string_view value);
  Result<void> take_expression(string_view value);
  Result<void> take_number(int letter, string_view value);
  Result<void> take_processes(string_view value);
  Result<void> take_precision(string_view value, SecondsPrecision& to);
  Result<void> check();
  Result<void> check_spellings();
  Result<void> check_summary();
  Result<void> check_decoding();
  void check_filter();
  void apply_counts();
  void resolve_paths();

  std::span<char*> arguments_;
  std::vector<option> long_options_;
  TraceOptions options_;
  int clock_count_ = 0;  // t
  int hex_count_ = 0;    // x
  int quiet_count_ = 0;  // q
  int path_count_ = 0;   // y
  int fork_count_ = 0;   // f
  int daemon_count_ = 0;  // D
  std::string long_given_;  // of the letters that exclude their long forms: those given so
  bool deprecated_fork_ = false;  // F
  bool columns_given_ = false;
  bool sort_given_ = false;
  std::string spelling_;  // of the option at hand
  int status_letters_ = 0;  // z, Z
  bool wall_clock_ = false;
};

Result<void> Parser::take_number(int letter, string_view value) {
  const auto number = select::decimal(value);
  if (!number || (letter == 's' && *number > longest_string)) return invalid(value);
  (letter == 'a' ? options_.style.column : options_.string_limit) = *number;
  return {};
}

Result<void> Parser::take_processes(string_view value) {
  for (const string_view one : split(value, ", \n\t")) {
    const auto pid = select::decimal(one);
    if (!pid || *pid == 0 || *pid > INT32_MAX) {
      return fail(Cause::usage, "Invalid process id: '" + std::string(one) + "'");
    }
    if (static_cast<pid_t>(*pid) == getpid()) {
      return fail(Cause::usage, "cannot trace itself", std::string(one));
    }
    options_.attach.push_back(static_cast<pid_t>(*pid));
  }
  return {};
}

Result<void> Parser::take_precision(string_view value, SecondsPrecision& to) {
  to = SecondsPrecision::microseconds;
  if (value.empty()) return {};
  const auto precision = precision_of(value);
  if (!precision) return invalid(value);
  to = *precision;
  return {};
}

Result<void> Parser::take_expression(string_view value) {
  const string_view name = value.substr(0, value.find('='));
  if (name.size() != value.size()) {
    if (name == "q" || name == "quiet" || name == "silent" || name == "silence") long_given_.push_back('q');
    if (name == "decode-fd" || name == "decode-fds") long_given_.push_back('y');
  }
  auto taken = select::apply(value, options_.filter);
  if (!taken && taken.error().what.starts_with("incorrect ")) return with_hint(taken.error().what);
  return taken;
}

Result<void> Parser::take(int letter, string_view value) {
  switch (letter) {
    case 'a':
    case 's': return take_number(letter, value);
    case 'A': options_.append = true; return {};
    case 'b':
      if (value != "execve") {
        return fail(Cause::usage, "Syscall '" + std::string(value) + "' for -b isn't supported");
      }
      options_.detach_on_exec = true;
      return {};
    case 'c':
      if (options_.summary == SummaryMode::also) {
        return with_hint("-c/--summary-only and -C/--summary are mutually exclusive");
      }
      options_.summary = SummaryMode::only;
      return {};
    case 'C':
      if (options_.summary == SummaryMode::only) {
        return with_hint("-c/--summary-only and -C/--summary are mutually exclusive");
      }
      options_.summary = SummaryMode::also;
      return {};
    case 'd': options_.debug = true; return {};
    case 'D': ++daemon_count_; return {};
    case option_daemonize:
      long_given_.push_back('D');
      return assign(daemonize_of(value), value, options_.daemonize);
    case 'e': return take_expression(value);
    case 'E': options_.environment_changes.emplace_back(value); return {};
    case 'f':
      if (is_long()) long_given_.push_back('f');
      else ++fork_count_;
      return {};
    case 'F': deprecated_fork_ = true; return {};
    case 'h': options_.task = Task::show_help; return {};
    case 'V': options_.task = Task::show_version; return {};
    case 'i': options_.style.prefix.instruction_pointers = true; return {};
    case 'I': return assign(interruptible_of(value), value, options_.interruptible);
    case 'n': options_.style.prefix.call_numbers = true; return {};
    case 'k':
      options_.stacks = options_.stacks == StackDetail::none ? StackDetail::symbol
                                                             : StackDetail::source;
      return {};
    case option_stack_trace: return assign(stack_detail_of(value), value, options_.stacks);
    case option_stack_frames: {
      const auto limit = select::decimal(value);
      if (!limit || *limit == 0 || *limit > most_stack_frames) return invalid(value);
      options_.stack_frames = *limit;
      return {};
    }
    case 'N': options_.style.values.argument_names = true; return {};
    case 'o': options_.output = value; return {};
    case 'O': {
      const auto overhead = select::duration(value);
      if (!overhead) return invalid(value);
      options_.summary_style.overhead_ns = static_cast<std::uint64_t>(overhead->count());
      return {};
    }
    case 'p': return take_processes(value);
    case 'P': options_.filter.files.paths.emplace_back(value); return {};
    case 'q': ++quiet_count_; return {};
    case 'r':
      options_.style.prefix.relative = true;
      options_.style.prefix.relative_precision = SecondsPrecision::microseconds;
      return {};
    case option_relative_timestamps:
      options_.style.prefix.relative = true;
      return take_precision(value, options_.style.prefix.relative_precision);
    case 'S': {
      const auto key = present::summary_column(value);
      if (!key) return with_hint("invalid sortby: '" + std::string(value) + "'");
      options_.summary_style.sort_by = *key;
      sort_given_ = true;
      return {};
    }
    case 't': ++clock_count_; return {};
    case option_absolute_timestamps:
      long_given_.push_back('t');
      return read_timestamps(value, options_.style.prefix) ? Result<void>{} : invalid(value);
    case 'T': options_.style.durations = true; return {};
    case option_syscall_times:
      options_.style.durations = true;
      return take_precision(value, options_.style.duration_precision);
    case 'u': options_.user = value; return {};
    case 'U': {
      auto columns = present::parse_summary_columns(value);
      if (!columns) return with_hint(columns.error().what);
      columns_given_ = true;
      options_.summary_style.columns = std::move(*columns);
      return {};
    }
    case 'v': return qualify("abbrev", "none");
    case 'w': wall_clock_ = true; return {};
    case 'x': ++hex_count_; return {};
    case option_strings_in_hex:
      long_given_.push_back('x');
      return assign(hex_strings_of(value), value, options_.style.values.hex_strings);
    case 'X': return assign(constants_of(value), value, options_.style.values.constants);
    case 'y': ++path_count_; return {};
    case option_decode_fds: long_given_.push_back('y'); return qualify("decode-fds", value.empty() ? "path" : value);
    case 'z': ++status_letters_; return qualify("status", "successful");
    case 'Z': ++status_letters_; return qualify("status", "failed");
    case option_argv0: options_.argv0 = value; return {};
    case option_output_separately: options_.separate_outputs = true; return {};
    case option_seccomp: options_.seccomp_filter = true; return {};
    case option_trace: return qualify("trace", value);
    case option_trace_fds: return qualify("trace-fds", value);
    case option_abbrev: return qualify("abbrev", value);
    case option_verbose: return qualify("verbose", value);
    case option_raw: return qualify("raw", value);
    case option_signal: return qualify("signal", value);
    case option_status: return qualify("status", value);
    case option_read: return qualify("read", value);
    case option_write: return qualify("write", value);
    case option_quiet:
      long_given_.push_back('q');
      return qualify("quiet", value.empty() ? "attach,personality" : value);
    case option_fault: return qualify("fault", value);
    case option_inject: return qualify("inject", value);
    case option_color: return assign(color_of(value), value, options_.color);
    case option_always_show_pid: options_.always_show_pid = true; return {};
    case option_syscall_limit: {
      const auto limit = select::decimal(value);
      if (!limit || *limit == 0) return invalid(value);
      options_.call_limit = *limit;
      return {};
    }
    case option_kill_on_exit: options_.kill_on_exit = true; return {};
    case option_tips: return read_tips(value, options_.tips) ? Result<void>{} : invalid(value);
    case option_decode_pids: return qualify("decode-pids", value);
    case 'Y':
      options_.filter.pid_details.add(static_cast<std::uint32_t>(select::PidDetail::comm));
      return {};
    case option_pidns_translation:
      options_.filter.pid_details.add(static_cast<std::uint32_t>(select::PidDetail::namespaces));
      return {};
    case option_kvm: return qualify("kvm", value);
    case option_namespace: return qualify("namespace", value);
    case option_secontext:
      // A value that is there and empty is not the same as none.
      return value.data() == nullptr ? select::apply("secontext", options_.filter)
                                     : qualify("secontext", value);
    case option_match: options_.match = value; return {};
    case option_json: options_.json = true; return {};
    case option_explain:
      if (options_.is_strace) return with_hint("--explain belongs to syscope trace");
      options_.style.explain_failures = true;
      return {};
    case option_engine: return assign(engine_of(value), value, options_.engine);
    default:
      if (letter < first_engine_option) return with_hint("");
      return take_engine_option(letter, value, options_.engine_options);
  }
}

// Letters that mean more when they come twice.
void Parser::apply_counts() {
  if (daemon_count_ > 0) options_.daemonize = daemon_count_;
  const bool follows = fork_count_ > 0 || given_long('f');
  if (deprecated_fork_) {
    warn(follows ? "deprecated option -F ignored"
                 : "option -F is deprecated, please use -f/--follow-forks instead");
  }
  if (follows || deprecated_fork_) options_.follow_forks = true;
  if (fork_count_ > 1) options_.separate_outputs = true;
  present::PrefixStyle& prefix = options_.style.prefix;
  if (clock_count_ > 0) {
    prefix.clock = clock_count_ > 2 ? present::Clock::unix_time : present::Clock::time_of_day;
    prefix.clock_precision =
        clock_count_ > 1 ? SecondsPrecision::microseconds : SecondsPrecision::seconds;
  }
  if (hex_count_ > 0) {
    options_.style.values.hex_strings =
        hex_count_ > 1 ? present::HexStrings::all : present::HexStrings::non_ascii;
  }
  using select::Message;
  const auto silence = [&](Message message) {
    options_.filter.quiet.add(static_cast<std::uint32_t>(message));
  };
  if (quiet_count_ > 0) {
    silence(Message::attach);
    silence(Message::personality);
  }
  if (quiet_count_ > 1) silence(Message::exit);
  if (quiet_count_ > 2) options_.filter.quiet = select::NumberSet::all();
  if (path_count_ == 1) {
    options_.filter.descriptor_details.add(
        static_cast<std::uint32_t>(select::DescriptorDetail::path));
  }
  if (path_count_ > 1) options_.filter.descriptor_details = select::NumberSet::all();
}

// A path that leads elsewhere is looked for under both names. realpath(3)
void Parser::resolve_paths() {
  std::vector<std::string>& paths = options_.filter.files.paths;
  for (std::size_t i = 0, given = paths.size(); i < given; ++i) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(paths[i].c_str(), nullptr),
                                                           std::free);
    if (real == nullptr || paths[i] == real.get()) continue;
    if (options_.filter.shows(select::Message::path_resolution)) {
      warn("Requested path \"" + paths[i] + "\" resolved into \"" +
                                  real.get() + "\"");
    }
    paths.emplace_back(real.get());
  }
}

// What the writers of descriptors need to know of -e decode-fds.
present::DescriptorStyle descriptor_style(const select::NumberSet& details) {
  const auto has = [&](select::DescriptorDetail detail) {
    return details.has(static_cast<std::uint32_t>(detail));
  };
  using enum select::DescriptorDetail;
  return {.path = has(path),
          .socket = has(socket),
          .device = has(device),
          .pidfd = has(pidfd),
          .eventfd = has(eventfd),
          .signalfd = has(signalfd)};
}

// Copies of the sets, since the options may move.
present::DumpStyle dump_style(const select::Filter& filter) {
  const auto has = [](const select::NumberSet& set) -> std::function<bool(std::int32_t)> {
    if (set.empty()) return {};
    return [set](std::int32_t descriptor) { return set.has(static_cast<std::uint32_t>(descriptor)); };
  };
  return {.reads = has(filter.read_dumps), .writes = has(filter.write_dumps)};
}

Result<void> Parser::check_summary() {
  if (options_.engine_options.wants_statistics() && options_.summary == SummaryMode::none) {
    options_.summary = SummaryMode::only;
  }
  const bool summary = options_.summary != SummaryMode::none;
  if (columns_given_ && !summary) {
    return with_hint(
        "-U/--summary-columns must be given with (-c/--summary-only or -C/--summary)");
  }
  if (wall_clock_ && !summary) {
    return with_hint(
        "-w/--summary-wall-clock must be given with (-c/--summary-only or -C/--summary)");
  }
  if (sort_given_ && !summary) {
    warn("-S/--summary-sort-by has no effect without (-c/--summary-only or -C/--summary)");
  }
  options_.summary_style.wall_clock = wall_clock_;
  if (summary && options_.separate_outputs) {
    return with_hint(
        "(-c/--summary-only or -C/--summary) and -ff/--output-separately are mutually exclusive");
  }
  if (options_.summary != SummaryMode::only) return {};
  const present::TraceTextStyle& style = options_.style;
  const std::pair<bool, const char*> idle[] = {
      {style.prefix.instruction_pointers, "-i/--instruction-pointer"},
      {style.prefix.call_numbers, "-n/--syscall-number"},
      {style.values.argument_names, "-N/--arg-names"},
      {style.prefix.relative, "-r/--relative-timestamps"},
      {style.prefix.clock != present::Clock::none, "-t/--absolute-timestamps"},
      {style.durations, "-T/--syscall-times"},
      {options_.stacks != StackDetail::none, "-k/--stack-trace"},
      {path_count_ > 0, "-y/--decode-fds"},
      {!options_.filter.pid_details.empty(), "-Y/--decode-pids"},
      {!options_.filter.security_contexts.empty(), "--secontext"},
  };
  for (const auto& [given, name] : idle) {
    if (given) {
      warn(std::string(name) + " has no effect with -c/--summary-only");
    }
  }
  return {};
}

// Letters that are counted, and their long forms.
Result<void> Parser::check_spellings() {
  struct Pair {
    char letter;
    bool both;
    const char* names;
  };
  const Pair pairs[] = {
      {'D', daemon_count_ > 0 && given_long('D'), "-D and --daemonize"},
      {'f', fork_count_ > 0 && given_long('f'), "-f and --follow-forks"},
      {'f', fork_count_ > 1 && options_.separate_outputs, "-ff and --output-separately"},
      {'q', quiet_count_ > 0 && given_long('q'), "-q and -e quiet/--quiet"},
      {'t', clock_count_ > 0 && given_long('t'), "-t and --absolute-timestamps"},
      {'x', hex_count_ > 0 && given_long('x'), "-x and --strings-in-hex"},
      {'y', path_count_ > 0 && given_long('y'), "-y and --decode-fds"},
  };
  for (const Pair& pair : pairs) {
    if (!pair.both) continue;
    return fail(Cause::usage, std::string(pair.names) + " cannot be provided simultaneously");
  }
  return {};
}

// What is asked for and cannot be had is refused. Where SELinux is off, files and processes have no
// contexts, and there is nothing to tell. selinux(8)
Result<void> Parser::check_decoding() {
  if (options_.color == Color::always) {
    return fail(Cause::unsupported, "traces have no colors yet", "--color=always", "leave it out");
  }
  if (!options_.filter.security_contexts.empty() && ::access("/sys/fs/selinux/enforce", F_OK) == 0) {
    return fail(Cause::unsupported, "the contexts of SELinux are not decoded", "--secontext",
                "leave it out, or see ls -Z and ps -Z");
  }
  return {};
}

// Where a seccomp filter cannot be had, the trace goes without.
void Parser::check_filter() {
  if (!options_.seccomp_filter) return;
  if (!options_.follow_forks) {
    warn("--seccomp-bpf cannot be used without -f/--follow-forks, disabling");
    options_.seccomp_filter = false;
  } else if (!options_.attach.empty()) {
    warn("--seccomp-bpf is not enabled for processes attached with -p");
  }
}

Result<void> Parser::check() {
  const bool attaching = !options_.attach.empty() || !options_.match.empty() ||
                         options_.engine_options.selects();
  if (options_.command.empty() && !attaching) {
    return with_hint(options_.argv0.empty() ? "must have PROG [ARGS] or -p PID"
                                            : "PROG [ARGS] must be specified with --argv0");
  }
  resolve_paths();
  if (auto checked = check_spellings(); !checked) return checked;
  apply_counts();
  options_.style.pids = {.comm = options_.filter.tells(select::PidDetail::comm),
                         .namespaces = options_.filter.tells(select::PidDetail::namespaces)};
  options_.style.dumps = dump_style(options_.filter);
  options_.style.descriptors = descriptor_style(options_.filter.descriptor_details);
  if (options_.command.empty() && options_.daemonize > 0) {
    return with_hint("PROG [ARGS] must be specified with -D/--daemonize");
  }
  if (options_.command.empty() && !options_.argv0.empty()) {
    return with_hint("PROG [ARGS] must be specified with --argv0");
  }
  if (options_.daemonize > 3) {
    return with_hint("Too many -D's (" + std::to_string(options_.daemonize) +
                     "), maximum supported -D count is 3");
  }
  check_filter();
  if (auto checked = check_summary(); !checked) return checked;
  if (auto checked = check_decoding(); !checked) return checked;
  const bool to_command = options_.output.starts_with('|') || options_.output.starts_with('!');
  if (options_.separate_outputs && to_command) {
    return with_hint("piping the output and -ff/--output-separately are mutually exclusive");
  }
  if (options_.separate_outputs && !options_.follow_forks && options_.output.empty()) {
    warn("--output-separately has no effect without -o/--output");
  }
  if (options_.append && options_.output.empty()) {
    warn("-A/--output-append-mode has no effect without -o/--output");
  }
  if (status_letters_ > 1) {
    warn(
        "Only the last of -z/--successful-only/-Z/--failed-only options will take effect. See "
        "status "
        "qualifier for more complex filters.");
  }
  return {};
}

}  // namespace

Result<TraceOptions> parse_trace_options(std::span<char*> arguments, bool is_strace) {
  return Parser(arguments, is_strace).run();
}

}  // namespace syscope::app
