#include "app/verb_trace.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "app/call_descriptors.h"
#include "app/engine_choice.h"
#include "app/interrupts.h"
#include "app/native_stacks.h"
#include "app/shown_pids.h"
#include "app/trace_command.h"
#include "app/trace_errors.h"
#include "app/trace_options.h"
#include "app/trace_output.h"
#include "app/trace_session.h"
#include "app/trace_tips.h"
#include "app/verb.h"
#include "base/fd.h"
#include "capture/ptrace/engine.h"
#include "resolve/process_pattern.h"
#include "resolve/world.h"

namespace syscope::app {
namespace {

using namespace std::chrono_literals;

// What -V prints, of the name of the program. Scripts look for the first line and for the features.
constexpr const char* version_text =
    "%s -- version 0.1.0\n"
    "Syscope: the command line and the notation of strace 7.2\n"
    "This is free software under the Apache License 2.0. There is NO warranty.\n"
    "\n"
    "Optional features enabled: stack-trace=libdw stack-demangle m32-mpers no-mx32-mpers\n";

// How long text may wait in a file's buffer while records keep coming, and how much of it.
constexpr std::uint64_t longest_hold_ns = 50'000'000;
constexpr std::size_t largest_hold = 64 * 1024;

// How many threads a process has; 0 if it is gone. proc(5)
unsigned thread_count(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/task";
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  unsigned count = 0;
  while (folder != nullptr) {
    const dirent* const entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    if (entry->d_name[0] != '.') ++count;
  }
  return count;
}

// The processes whose command line matches; at least one.
Result<std::vector<pid_t>> matching(const std::string& expression) {
  auto pattern = resolve::ProcessPattern::compile(expression);
  if (!pattern) return std::unexpected(pattern.error());
  auto root = capture::proc::Root::open();
  if (!root) return std::unexpected(root.error());
  resolve::World world(std::move(*root));
  auto found = resolve::matching_processes(world, *pattern);
  if (found.empty()) {
    return fail(Cause::not_found, "no process matches", expression,
                "see syscope find for what runs");
  }
  return found;
}

// Whether the kernel can count the calls itself: nothing that is asked for needs a single call's time
// or result.
bool can_tally(const TraceOptions& options) {
  using present::SummaryColumn;
  const present::SummaryStyle& style = options.summary_style;
  const auto is_single_time = [&](SummaryColumn column) {
    return !style.wall_clock &&
           (column == SummaryColumn::min_time || column == SummaryColumn::max_time);
  };
  return options.summary == SummaryMode::only && options.filter.any_status() &&
         !options.filter.files.any() &&
         style.overhead_ns == 0 && options.call_limit == 0 &&
         options.engine_options.max_events == 0 && !is_single_time(style.sort_by) &&
         std::ranges::none_of(style.columns, is_single_time);
}

// What the eBPF engine leaves out, so that it need not be written and read. The session checks every
// call again.
void set_kernel_filters(const TraceOptions& options, capture::Request& request) {
  const select::NumberSet& statuses = options.filter.statuses;
  const auto only = [&](select::Status wanted) {
    for (std::uint32_t status = 0; status < select::status_count; ++status) {
      if (statuses.has(status) != (status == static_cast<std::uint32_t>(wanted))) return false;
    }
    return true;
  };
  request.failed_only = only(select::Status::failed);
  request.successful_only = only(select::Status::successful);
  request.longer_than = options.engine_options.longer_than;
  request.tally = can_tally(options);
  request.tally_threads = options.engine_options.per_thread;
  request.tally_buckets = options.engine_options.wants_statistics();
  request.lossless = options.engine_options.lossless;
  request.buffer_bytes = options.engine_options.buffer_bytes;
}

// The command has the pipes that this program was given, and decides alone when their other ends
// see their end.
void leave_pipes_to_the_command() {
  const Fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing) return;
  ::dup2(nothing.get(), STDIN_FILENO);
  ::dup2(nothing.get(), STDOUT_FILENO);
}

// One trace from its start to its end.
class Trace {
 public:
  explicit Trace(TraceOptions options) : options_(std::move(options)) {}

  // Returns the exit status of the program, or ends it by the signal that ended the command.
  int run();

 private:
  Result<void> start();
  void tell_engine(const ChosenEngine& chosen, const capture::Request& request) const;
  Result<void> ask_for_more(capture::Request& request);
  Result<void> pump_all();
  void flush_when_due(capture::Progress progress);
  void tell_attached() const;
  void let_go();
  void end_early(int signal);
  void give_up(const Error& error);
  int report(const Error& error) const;
  int end(int interrupted);
  int report_losses() const;

  TraceOptions options_;
  std::optional<TraceOutput> output_;
  std::optional<TraceSession> session_;
  std::optional<CallDescriptors> call_descriptors_;
  std::optional<ShownPids> shown_pids_;
  std::optional<NativeStacks> stacks_;
  std::unique_ptr<capture::Engine> engine_;
  std::uint64_t flushed_at_ = 0;  // time of the latest record when text was last written out
  bool is_terminal_ = false;
  bool detached_ = false;
};

Result<void> Trace::start() {
  capture::Request request;
  if (!options_.match.empty()) {
    auto found = matching(options_.match);
    if (!found) return std::unexpected(found.error());
    options_.attach.insert(options_.attach.end(), found->begin(), found->end());
  }
  if (!options_.command.empty()) {
    auto command = make_command(options_);
    if (!command) return std::unexpected(command.error());
    request.command = std::move(*command);
  }
  auto selection = make_selection(options_.engine_options);
  if (!selection) return std::unexpected(selection.error());
  request.selection = std::move(*selection);
  auto output = TraceOutput::open(options_.output, options_.append, options_.separate_outputs);
  if (!output) return std::unexpected(output.error());
  output_.emplace(std::move(*output));
  is_terminal_ = ::isatty(output_->shared().descriptor()) == 1;

  request.attach = options_.attach;
  request.follow_forks = options_.follow_forks;
  // Whatever a user of strace asks for, calls that have no name are shown.
  if (options_.is_strace) options_.filter.calls.add_nameless();
  request.calls = options_.filter.calls.wanted();
  request.string_limit = options_.string_limit;
  const bool by_file = options_.filter.files.any();
  request.abbreviate = options_.filter.abbreviated.is_all() && !by_file;
  const present::DescriptorStyle& descriptors = options_.style.descriptors;
  const bool shows_files = descriptors.any() || !options_.filter.files.paths.empty();
  request.files = shows_files || options_.is_strace;  // strace tells requests by their devices
  request.file_details = descriptors.socket || descriptors.device || descriptors.pidfd ||
                         descriptors.eventfd || descriptors.signalfd;
  call_descriptors_.emplace(options_.filter, options_.string_limit, shows_files);
  request.descriptors = &*call_descriptors_;
  if (auto asked = ask_for_more(request); !asked) return asked;
  request.instruction_pointer = options_.style.prefix.instruction_pointers;
  request.announce = options_.filter.any_status() && options_.summary != SummaryMode::only &&
                     options_.engine_options.longer_than.count() == 0;
  set_kernel_filters(options_, request);
  request.injections = options_.filter.injections;
  request.short_strings = options_.is_strace;
  request.cpu_times = options_.summary != SummaryMode::none || options_.json;
  request.kill_on_exit = options_.kill_on_exit;
  request.detach_on_exec = options_.detach_on_exec;
  request.seccomp_filter =
      options_.follow_forks && request.command.has_value() &&
      (options_.seccomp_filter || (!options_.is_strace && !options_.filter.calls.is_all()));
  auto chosen = start_engine(request, options_,
                             [&](const std::string& why) { complain(options_.program, why); });
  if (!chosen) return std::unexpected(chosen.error());
  engine_ = std::move(chosen->engine);
  if (options_.debug) tell_engine(*chosen, request);
  options_.style.blocked_times = std::string_view(chosen->name) == "bpf";
  session_.emplace(options_, *output_);
  if (!options_.command.empty()) leave_pipes_to_the_command();
  catch_interrupts(options_.interruptible, !options_.output.empty() && !options_.command.empty());
  tell_attached();
  return {};
}

// What -d tells: which engine it is, and in strace's words what it asks of the kernel.
void Trace::tell_engine(const ChosenEngine& chosen, const capture::Request& request) const {
  complain(options_.program, std::string("engine: ") + chosen.name);
  if (std::string_view(chosen.name) != "ptrace") return;
  char text[48];
  std::snprintf(text, sizeof text, "ptrace_setoptions = %#lx",
                capture::ptrace::trace_options(request));
  complain(options_.program, text);
}

// Names of processes (-Y) and of functions (-k), and all of what is dumped (-e read).
Result<void> Trace::ask_for_more(capture::Request& request) {
  if (options_.summary == SummaryMode::only) return {};
  if (options_.style.pids.any()) {
    request.pids = &shown_pids_.emplace(options_.filter, options_.string_limit);
  }
  if (const present::DumpStyle& dumps = options_.style.dumps; dumps.any()) {
    request.captured_whole = [&dumps](std::int32_t descriptor) {
      return (dumps.reads && dumps.reads(descriptor)) || (dumps.writes && dumps.writes(descriptor));
    };
  }
  if (options_.stacks == StackDetail::none) return {};
  auto stacks = NativeStacks::make(options_.stack_frames, options_.stacks == StackDetail::source);
  if (!stacks) return std::unexpected(std::move(stacks.error()));
  request.stacks = &stacks_.emplace(std::move(*stacks));
  return {};
}

void Trace::tell_attached() const {
  const bool among_json = options_.json && output_->is_stderr();
  if (among_json || !options_.filter.shows(select::Message::attach)) return;
  for (const pid_t pid : options_.attach) {
    const unsigned threads = options_.follow_forks ? thread_count(pid) : 1;
    std::string text = "Process " + std::to_string(pid) + " attached";
    if (threads > 1) text += " with " + std::to_string(threads) + " threads";
    complain(options_.program, text);
  }
}

// Text for a person goes out at once, text for a file when nothing else is to do or enough has come
// together.
void Trace::flush_when_due(capture::Progress progress) {
  const std::uint64_t now = session_->now();
  const bool due = progress != capture::Progress::delivered || output_->is_stderr() ||
                   is_terminal_ || now - flushed_at_ > longest_hold_ns ||
                   output_->shared().text().size() > largest_hold;
  if (!due) return;
  output_->flush();
  flushed_at_ = now;
}

void Trace::let_go() {
  detached_ = true;
  session_->expect_detach();
  engine_->detach();
}

// A fatal signal came, or nobody reads the trace any more: the command, which belongs to it, goes
// by the same signal; everything else runs on.
void Trace::end_early(int signal) {
  if (detached_) return;
  const pid_t command = engine_->command_pid();
  if (command > 0 && !engine_->wait_status()) {
    ::kill(command, SIGCONT);
    ::kill(command, signal);
  }
  let_go();
}

void Trace::give_up(const Error& error) {
  if (detached_) return;
  const bool closed_stderr = output_->is_stderr() && output_->shared().error() == EPIPE;
  if (!closed_stderr) (void)report(error);
  if (output_->is_stderr()) return end_early(SIGPIPE);
  let_go();
}

Result<void> Trace::pump_all() {
  while (true) {
    const bool holds_text = !output_->shared().text().empty();
    const auto progress = engine_->pump(*session_, holds_text ? 50ms : 500ms);
    if (!progress) return std::unexpected(progress.error());
    flush_when_due(*progress);
    if (*progress == capture::Progress::ended) return {};
    if (const int signal = pending_interrupt(); signal != 0) end_early(signal);
    if (const auto error = output_->error()) give_up(*error);
    const std::uint64_t most = options_.engine_options.max_events;
    if (most != 0 && session_->calls() >= most && !detached_) let_go();
    if (options_.call_limit != 0 && session_->calls() >= options_.call_limit && !detached_) {
      complain(options_.program, "System call limit has been reached, detaching tracees");
      let_go();
    }
  }
}

// The sum of what the trace told where it happened; among JSON a sentence would be a stranger.
int Trace::report_losses() const {
  if (options_.json && output_->is_stderr()) return exit_incomplete;
  const std::uint64_t lost = session_->lost();
  complain(options_.program, Error{.what = "the trace is not complete",
                                   .on = std::to_string(lost) + (lost == 1 ? " call was" : " calls were") + " lost",
                                   .todo = "give --lossless or a larger --buffer, or trace less (-e)"});
  return exit_incomplete;
}

int Trace::end(int interrupted) {
  const pid_t command = engine_->command_pid();
  std::optional<int> status = engine_->wait_status();
  engine_.reset();
  session_->finish();
  output_->flush();
  std::fputs(tip_text(options_.tips).c_str(), stderr);
  const auto output_error = output_->error();
  if (output_error && !detached_) (void)report(*output_error);
  output_->close();
  const int own = session_->lost() != 0 ? report_losses() : exit_ok;
  if (options_.daemonize != 0) return own;  // the command itself has answered its caller
  if (interrupted != 0) {
    die_by(interrupted);
    return 128 + interrupted;
  }
  if (!status && command > 0) {  // let go before its end
    int last = 0;
    if (::waitpid(command, &last, 0) == command) status = last;
  }
  if (!status) return output_error ? 1 : own;
  if (!WIFSIGNALED(*status)) return WEXITSTATUS(*status) != 0 ? WEXITSTATUS(*status) : own;
  die_by(WTERMSIG(*status));
  return 128 + WTERMSIG(*status);
}

int Trace::report(const Error& error) const {
  complain(options_.program, options_.is_strace ? in_words_of_strace(error) : error);
  return failure_status(error, options_.is_strace);
}

int Trace::run() {
  if (auto started = start(); !started) {
    return report(started.error());
  }
  if (auto pumped = pump_all(); !pumped) {
    engine_.reset();
    session_->finish();
    output_->close();
    return report(pumped.error());
  }
  return end(pending_interrupt());
}

int trace_as(std::span<char*> arguments, bool is_strace) {
  auto options = parse_trace_options(arguments, is_strace);
  if (!options) {
    complain(arguments[0], is_strace ? in_words_of_strace(options.error()) : options.error());
    return failure_status(options.error(), is_strace);
  }
  if (options->task == Task::show_help) {
    std::fputs(trace_help(options->program).c_str(), stdout);
    return exit_ok;
  }
  if (options->task == Task::show_version) {
    std::printf(version_text, is_strace ? "strace" : "syscope");
    return exit_ok;
  }
  return Trace(std::move(*options)).run();
}

}  // namespace

int verb_trace(std::span<char*> arguments) {
  std::string name = "syscope trace";
  arguments[0] = name.data();
  return trace_as(arguments, false);
}

int verb_strace(std::span<char*> arguments) { return trace_as(arguments, true); }

}  // namespace syscope::app
