#include "capture/ptrace/tracer.h"

#include <sys/wait.h>

#include <ctime>

namespace syscope::capture::ptrace {
namespace {

using std::chrono::milliseconds;

constexpr int call_stop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD

// A pump hands over at most so many stops before it lets its caller do something else.
constexpr int stops_per_pump = 256;

// How long a detach waits for threads that do not stop, since they sleep uninterruptibly. They go
// free when the tracer ends.
constexpr std::uint64_t detach_limit_ns = 1'000'000'000;

bool stops_the_group(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

}  // namespace

Tracer::Tracer(const Request& request, const PlanSource& plans, proc::Root proc, Stops stops)
    : request_(request),
      plans_(plans),
      proc_(std::move(proc)),
      scheduler_clock_(proc_),
      stops_(std::move(stops)),
      neighbour_(proc_),
      runner_(request.string_limit, request.abbreviate),
      netlink_sockets_(proc_),
      pid_names_(proc_) {
  if (request.files && request.descriptors != nullptr) files_.emplace(proc_, request.file_details);
  deliver_start();
}

Result<Progress> Tracer::pump(RecordSink& sink, milliseconds wait) {
  const std::uint64_t before = outlet_.delivered();
  outlet_.open(sink);
  for (int stops = 0; stops < stops_per_pump && !tracees_.empty(); ++stops) {
    Stop stop;
    const milliseconds limit = claim_overdue(held_.empty() ? wait : release_held(wait));
    const Stops::Outcome outcome = stops_.next(stop, limit, tracees_.size() > 1);
    if (outcome == Stops::Outcome::alone) tracees_.clear();
    if (outcome != Stops::Outcome::stopped) {
      outlet_.flush();
      neighbour_.release();
      break;
    }
    neighbour_.on_stop(stop.tid);
    handle(stop);
  }
  stops_.rest();
  outlet_.close();
  if (outlet_.delivered() != before) return Progress::delivered;
  if (!tracees_.empty()) return Progress::idle;
  if (launch_) {
    if (auto failure = launch_->failure()) return std::unexpected(std::move(*failure));
  }
  return Progress::ended;
}

void Tracer::detach() {
  detaching_ = true;
  neighbour_.release();
  for (auto& [tid, tracee] : tracees_) {
    if (is_bound(*tracee)) {
      ::kill(tracee->pid, SIGKILL);  // engine.h: it cannot live on
    } else {
      // Even what has stopped already is waited for: it may have a signal to deliver.
      (void)request::interrupt(tid);
    }
  }
  (void)release_held(milliseconds(0));
  const std::uint64_t give_up = monotonic_time() + detach_limit_ns;
  while (!tracees_.empty() && monotonic_time() < give_up) {
    Stop stop;
    const Stops::Outcome outcome = stops_.next(stop, milliseconds(10), true);
    if (outcome == Stops::Outcome::stopped) handle(stop);
    if (outcome == Stops::Outcome::alone) break;
  }
  stops_.rest();
  outlet_.flush();
  tracees_.clear();
}

void Tracer::handle(const Stop& stop) {
  if (stop.status >> 16 == PTRACE_EVENT_EXEC) return on_exec(stop);
  Tracee* const tracee = tracees_.find(stop.tid);
  if (tracee == nullptr) return on_unknown(stop);
  if (!WIFSTOPPED(stop.status)) return on_end(*tracee, stop.status);
  const int signal = WSTOPSIG(stop.status);
  const int event = stop.status >> 16;
  switch (event) {
    case 0:
      if (signal == call_stop) return on_call_stop(*tracee, stop);
      return on_signal(*tracee, signal);
    case PTRACE_EVENT_STOP: return on_event_stop(*tracee, signal);
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK: return on_new_task(*tracee, event);
    case PTRACE_EVENT_SECCOMP: return on_filter_stop(*tracee, stop);
    default: return resume(*tracee);
  }
}

// Lets a stopped thread run; while detaching, for good. ESRCH means that it was killed meanwhile,
// and its end is the next thing to hear of.
void Tracer::resume(Tracee& tracee, int signal) {
  if (detaching_ && !is_bound(tracee)) return let_go(tracee, signal);
  if (tracee.held_until != 0) {
    tracee.signal_due = signal;
    return held_.push_back(tracee.tid);
  }
  if (tracee.filtered && tracee.call == Tracee::Call::none) {
    request::run(tracee.tid, signal);
  } else {
    request::run_to_call(tracee.tid, signal);
  }
}

// Leaves a thread in the stop of its whole process, until SIGCONT.
void Tracer::rest(Tracee& tracee) {
  if (detaching_ && !is_bound(tracee)) return let_go(tracee, 0);
  request::listen(tracee.tid);
}

void Tracer::let_go(Tracee& tracee, int signal) {
  if (request::detach(tracee.tid, signal) != 0) return;  // killed meanwhile
  start_record<sc_head>(SC_DETACH, tracee);
  outlet_.deliver(scratch_.finish());
  tracees_.remove(tracee.tid);
}

void Tracer::on_event_stop(Tracee& tracee, int signal) {
  if (tracee.attaching) on_first_stop(tracee);
  if (!stops_the_group(signal)) return resume(tracee);
  if (request_.signals && !detaching_) {
    start_record<sc_number>(SC_STOP, tracee).number = static_cast<sc_u64>(signal);
    outlet_.deliver(scratch_.finish());
  }
  rest(tracee);
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
    if (request_.pids != nullptr) name_pids(tracee, scratch_.finish());
    outlet_.deliver(scratch_.finish());
    if (request_.stacks != nullptr) deliver_stack(tracee);
  }
  resume(tracee, signal);
}

}  // namespace syscope::capture::ptrace
