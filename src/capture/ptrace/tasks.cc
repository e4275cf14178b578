// Threads that the tracer comes to trace, that change their image, and that end.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "capture/proc/process.h"
#include "capture/ptrace/attach.h"
#include "capture/ptrace/filter.h"
#include "capture/ptrace/tracer.h"

namespace syscope::capture::ptrace {
namespace {

constexpr int call_stop_bit = 0x80;  // PTRACE_O_TRACESYSGOOD

// The maker of a thread tells of it as soon as it runs.
constexpr std::uint64_t longest_unclaimed_ns = 20'000'000;

}  // namespace

unsigned long trace_options(const Request& request) {
  unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;
  if (request.kill_on_exit) options |= PTRACE_O_EXITKILL;
  if (request.follow_forks) {
    options |= PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
  }
  return options;
}

Result<LaunchedCommand> start_command(const Request& request) {
  // Children inherit the filter and cannot run without a tracer then, so all of them have to be
  // followed.
  std::vector<sock_filter> filter;
  if (request.seccomp_filter && request.follow_forks) filter = make_filter(request.calls);
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  Result<Launch> launch = Launch::start(*request.command, filter.empty() ? nullptr : &program);
  if (!launch) return std::unexpected(std::move(launch.error()));
  return LaunchedCommand{std::move(*launch), !filter.empty()};
}

Result<void> Tracer::trace(LaunchedCommand launched) {
  const pid_t pid = launched.launch.pid();
  const unsigned long more = launched.filtered ? PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL : 0;
  if (const int error = request::seize(pid, trace_options(request_) | more)) {
    return fail_errno(error, "cannot trace a command", request_.command->file,
                      "ptrace(2) is not permitted here at all, perhaps by a container");
  }
  (void)request::interrupt(pid);  // the child sleeps in a read: its first stop is at once
  launch_ = std::move(launched.launch);
  Tracee& tracee = tracees_.add(pid, pid);
  tracee.launching = true;
  tracee.filtered = launched.filtered;
  deliver_task(tracee, SC_TASK_STARTED, 0);
  launch_->go();
  return {};
}

Result<void> Tracer::attach(pid_t pid) {
  const pid_t process = process_of(proc_, pid);
  if (process == ::getpid()) {
    return fail(Cause::usage, "cannot attach", std::to_string(pid),
                "that is the tracer itself: trace it from another one");
  }
  if (!request_.follow_forks) {
    const auto attached = attach_thread(pid, process);
    if (!attached) return std::unexpected(attached.error());
    return {};
  }
  // Threads may be made while we go through the list. Those made by threads that are already traced
  // are traced from the start; the others are found by going through the list again.
  std::optional<Error> failure;
  bool any = false;
  for (bool found = true; found;) {
    found = false;
    for (const pid_t tid : proc::list_threads(proc_, pid)) {
      if (tracees_.find(tid) != nullptr) {
        any = true;
        continue;
      }
      const auto attached = attach_thread(tid, process);
      if (attached) {
        found |= *attached;
        any = true;
      } else if (!failure) {
        failure = attached.error();
      }
    }
  }
  if (any) return {};
  if (failure) return std::unexpected(*failure);
  return std::unexpected(why_not_seized(proc_, pid, ESRCH));
}

// False: it is ours already, since a thread that we trace made it.
Result<bool> Tracer::attach_thread(pid_t tid, pid_t pid) {
  if (tracees_.find(tid) != nullptr) return false;
  const std::uint64_t age = scheduler_clock_.off_cpu_age(pid, tid).value_or(0);
  const std::uint64_t now = monotonic_time();
  const std::uint64_t since = now - std::min(age, now);
  if (const int error = request::seize(tid, trace_options(request_))) {
    const auto status = proc::read_status(proc_, tid, tid);
    if (status && status_number(*status, "TracerPid") == ::getpid()) return false;
    return std::unexpected(why_not_seized(proc_, tid, error));
  }
  (void)request::interrupt(tid);
  Tracee& tracee = tracees_.add(tid, pid);
  tracee.attaching = true;
  tracee.asleep_since = since;
  deliver_task(tracee, SC_TASK_ATTACHED, 0);
  return true;
}

void Tracer::on_new_task(Tracee& parent, int event) {
  std::uint64_t message = 0;
  if (request::event_message(parent.tid, message) == 0) {
    const auto tid = static_cast<pid_t>(message);
    if (tracees_.find(tid) == nullptr) {
      const pid_t pid = event == PTRACE_EVENT_CLONE ? process_of(proc_, tid) : tid;
      adopt(tid, pid > 0 ? pid : tid, &parent);
      claim(tid);
    }
  }
  resume(parent);
}

Tracee& Tracer::adopt(pid_t tid, pid_t pid, const Tracee* parent) {
  Tracee& tracee = tracees_.add(tid, pid);
  if (parent != nullptr) {
    tracee.abi = parent->abi;
    tracee.filtered = parent->filtered;
  }
  deliver_task(tracee, SC_TASK_FORKED, parent != nullptr ? parent->tid : 0);
  if (detaching_) (void)request::interrupt(tid);
  return tracee;
}

// A thread that nobody has told of yet: it is new, and its maker's stop is still to come. Or it is
// no thread of ours at all but some child of this program that has ended.
void Tracer::on_unknown(const Stop& stop) {
  if (!request_.follow_forks) return turn_away(stop);
  if (unclaimed_.empty()) unclaimed_since_ = monotonic_time();
  unclaimed_.push_back(stop);
}

// A thread that became ours unasked, by CLONE_PTRACE or PTRACE_TRACEME, or a child that is not ours
// to trace, by CLONE_PARENT: lets it run.
void Tracer::turn_away(const Stop& stop) {
  const std::string thread = std::to_string(stop.tid);
  if (!WIFSTOPPED(stop.status)) {
    return note("Exit of unknown pid " + thread + " ignored", SC_NOTE_EXIT);
  }
  const int signal = stop.status >> 16 != 0 ? 0 : WSTOPSIG(stop.status) & ~call_stop_bit;
  if (request::detach(stop.tid, signal) != 0) return;  // killed meanwhile: its end comes next
  note("Detached unknown pid " + thread, SC_NOTE_ATTACH);
}

// Deals with the stops of a thread that came before the thread was known.
void Tracer::claim(pid_t tid) {
  std::vector<Stop> claimed;
  std::erase_if(unclaimed_, [&](const Stop& stop) {
    if (stop.tid == tid) claimed.push_back(stop);
    return stop.tid == tid;
  });
  for (const Stop& stop : claimed) handle(stop);
}

// When a thread ends, it will not tell any more of those that it made: all that have stopped become
// tracees, so that none hangs.
void Tracer::claim_all() {
  for (const Stop& stop : std::exchange(unclaimed_, {})) {
    if (tracees_.find(stop.tid) == nullptr) {
      if (!WIFSTOPPED(stop.status)) {
        turn_away(stop);
        continue;
      }
      const pid_t pid = process_of(proc_, stop.tid);
      adopt(stop.tid, pid > 0 ? pid : stop.tid, nullptr);
    }
    handle(stop);
  }
}

// Nobody tells of what was made with CLONE_UNTRACED and CLONE_PTRACE: what has waited long enough is
// claimed. Returns how long to wait for stops at most.
std::chrono::milliseconds Tracer::claim_overdue(std::chrono::milliseconds wait) {
  if (unclaimed_.empty()) return wait;
  if (monotonic_time() - unclaimed_since_ >= longest_unclaimed_ns) {
    claim_all();
    return wait;
  }
  return std::min(wait, std::chrono::milliseconds(longest_unclaimed_ns / 1'000'000));
}

// The stop comes from the id of the leader, whichever thread called execve(2): that thread takes
// the id over, its own vanishes without an end, and all other threads of the process have ended.
void Tracer::on_exec(const Stop& stop) {
  std::uint64_t message = 0;
  if (request::event_message(stop.tid, message) != 0) return;  // killed: its end is still to come
  const auto former = static_cast<pid_t>(message);
  Tracee* tracee = tracees_.find(stop.tid);
  if (former != stop.tid && tracees_.find(former) != nullptr) {
    if (tracee != nullptr) abandon_call(*tracee);
    outlet_.flush();
    tracee = &tracees_.rename(former, stop.tid);
    if (tracee->call == Tracee::Call::recorded) {
      tracee->record.head().tid = static_cast<sc_u32>(stop.tid);
    }
  }
  if (tracee == nullptr) return on_unknown(stop);
  const bool first = std::exchange(tracee->launching, false);
  if (request_.detach_on_exec && !first) return let_go(*tracee, 0);
  auto& record = start_record<sc_exec>(SC_EXEC, *tracee);
  record.former_tid = static_cast<sc_u32>(former);
  read_comm(proc_, tracee->tid, record.comm);
  outlet_.deliver_within(*tracee, scratch_.finish());
  resume(*tracee);
}

void Tracer::on_end(Tracee& tracee, int status) {
  abandon_call(tracee);
  auto& record = start_record<sc_exit>(SC_EXIT, tracee);
  record.wait_status = static_cast<sc_u32>(status);
  record.last = tracee.tid == tracee.pid ? 1 : 0;  // the leader's end is reported last of all
  outlet_.deliver(scratch_.finish());
  if (tracee.stack) deliver_stack(tracee);
  pid_names_.forget(tracee.tid);
  if (tracee.tid == command_pid()) command_status_ = status;
  tracees_.remove(tracee.tid);
  claim_all();
}

void Tracer::deliver_start() {
  timespec real;
  ::clock_gettime(CLOCK_REALTIME, &real);
  auto& record = start_record<sc_start>(SC_START, Tracee{});
  record.magic = SC_MAGIC;
  record.version = SC_FORMAT_VERSION;
  record.realtime_offset = static_cast<sc_s64>(real.tv_sec) * 1'000'000'000 + real.tv_nsec -
                           static_cast<sc_s64>(record.head.time);
  outlet_.deliver(scratch_.finish());
}

void Tracer::deliver_task(const Tracee& tracee, sc_task_how how, pid_t parent_tid) {
  auto& record = start_record<sc_task>(SC_TASK, tracee);
  record.how = static_cast<sc_u32>(how);
  record.parent_tid = static_cast<sc_u32>(parent_tid);
  read_comm(proc_, tracee.tid, record.comm);
  outlet_.deliver(scratch_.finish());
}

std::string hexadecimal(std::uint64_t number) {
  char digits[16];
  return "0x" + std::string(digits, std::to_chars(digits, std::end(digits), number, 16).ptr);
}

void Tracer::note(std::string_view text, unsigned about) {
  auto& record = start_record<sc_note>(SC_NOTE, Tracee{});
  record.head.flags = static_cast<sc_u8>(about);
  record.text_size = static_cast<sc_u32>(text.size());
  scratch_.append(as_bytes(text));
  outlet_.deliver(scratch_.finish());
}

}  // namespace syscope::capture::ptrace
