#include "capture/ptrace/tracer.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace syscope::capture::ptrace {
namespace {

using std::chrono::milliseconds;

constexpr int call_stop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD

// A pump hands over at most so many stops before it lets its caller do something else.
constexpr int stops_per_pump = 256;

bool stops_the_group(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

}  // namespace

Tracer::Tracer(const Request& request, const PlanSource& plans, Stops stops)
    : request_(request), plans_(plans), stops_(std::move(stops)),
      runner_(request.string_limit, request.abbreviate) {
  deliver_start();
}

unsigned long Tracer::options() const {
  unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;
  if (request_.follow_forks) {
    options |= PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
  }
  return options;
}

Result<void> Tracer::launch(const Command& command) {
  Result<Launch> launched = Launch::start(command, nullptr);
  if (!launched) return std::unexpected(std::move(launched.error()));
  const pid_t pid = launched->pid();
  if (const int error = request::seize(pid, options())) {
    return fail_errno(error, "cannot trace a command", command.file,
                      "ptrace(2) is not permitted here at all, perhaps by a container");
  }
  (void)request::interrupt(pid);  // the child sleeps in a read: its first stop is at once
  launch_ = std::move(*launched);
  Tracee& tracee = tracees_.add(pid, pid);
  tracee.launching = true;
  deliver_task(tracee, SC_TASK_STARTED, 0);
  launch_->go();
  return {};
}

Result<Progress> Tracer::pump(RecordSink& sink, milliseconds wait) {
  outlet_.open(sink);
  const std::uint64_t before = outlet_.delivered();
  for (int stops = 0; stops < stops_per_pump && !tracees_.empty(); ++stops) {
    Stop stop;
    const Stops::Outcome outcome = stops_.next(stop, wait, tracees_.size() > 1);
    if (outcome == Stops::Outcome::alone) tracees_.clear();
    if (outcome != Stops::Outcome::stopped) {
      outlet_.flush();
      break;
    }
    handle(stop);
  }
  outlet_.close();
  if (outlet_.delivered() != before) return Progress::delivered;
  if (!tracees_.empty()) return Progress::idle;
  if (launch_) {
    if (auto failure = launch_->failure()) return std::unexpected(std::move(*failure));
  }
  return Progress::ended;
}

void Tracer::handle(const Stop& stop) {
  Tracee* const tracee = tracees_.find(stop.tid);
  if (tracee == nullptr) return on_unknown(stop);
  if (!WIFSTOPPED(stop.status)) return on_end(*tracee, stop.status);
  const int signal = WSTOPSIG(stop.status);
  switch (stop.status >> 16) {
    case 0:
      if (signal == call_stop) return on_call_stop(*tracee, stop);
      return on_signal(*tracee, signal);
    case PTRACE_EVENT_STOP: return on_event_stop(*tracee, signal);
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK: return on_new_task(*tracee);
    case PTRACE_EVENT_EXEC: return on_exec(*tracee);
    case PTRACE_EVENT_SECCOMP: return on_call_stop(*tracee, stop);
    default: return resume(*tracee);
  }
}

void Tracer::resume(Tracee& tracee, int signal) {
  // ESRCH: it was killed meanwhile, and its end is the next thing to hear of.
  request::run_to_call(tracee.tid, signal);
}

void Tracer::on_end(Tracee& tracee, int status) {
  abandon_call(tracee);
  auto& record = start_record<sc_exit>(SC_EXIT, tracee);
  record.wait_status = static_cast<sc_u32>(status);
  record.last = tracee.tid == tracee.pid ? 1 : 0;  // the leader's end is reported last of all
  outlet_.deliver(scratch_.finish());
  if (tracee.tid == command_pid()) command_status_ = status;
  tracees_.remove(tracee.tid);
}

void Tracer::on_event_stop(Tracee& tracee, int signal) {
  if (!stops_the_group(signal)) return resume(tracee);
  if (request_.signals) {
    start_record<sc_number>(SC_STOP, tracee).number = static_cast<sc_u64>(signal);
    outlet_.deliver(scratch_.finish());
  }
  request::listen(tracee.tid);
}

void Tracer::on_signal(Tracee& tracee, int signal) {
  if (request_.signals) {
    auto& record = start_record<sc_signal>(SC_SIGNAL, tracee);
    record.signo = static_cast<sc_u32>(signal);
    request::SyscallInfo info;
    if (request::syscall_info(tracee.tid, info) == 0) record.ip = info.instruction_pointer;
    siginfo_t details;
    if (request::signal_info(tracee.tid, details) == 0) {
      record.info_size = sizeof details;
      scratch_.append(std::as_bytes(std::span(&details, 1)));
    }
    outlet_.deliver(scratch_.finish());
  }
  resume(tracee, signal);
}

void Tracer::on_new_task(Tracee& parent) { resume(parent); }

void Tracer::on_exec(Tracee& leader) {
  leader.launching = false;
  resume(leader);
}

void Tracer::on_unknown(const Stop&) {}

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
  outlet_.deliver(scratch_.finish());
}

void Tracer::detach() {}

}  // namespace syscope::capture::ptrace
