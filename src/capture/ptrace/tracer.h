// The engine itself: one thread's view of all its tracees.
#pragma once

#include <csignal>
#include <optional>
#include <vector>

#include "capture/engine.h"
#include "capture/launch.h"
#include "capture/plan_run.h"
#include "capture/proc/root.h"
#include "capture/proc/scheduler_clock.h"
#include "capture/proc/thread.h"
#include "capture/ptrace/engine.h"
#include "capture/ptrace/in_flight.h"
#include "capture/ptrace/neighbour.h"
#include "capture/ptrace/netlink_sockets.h"
#include "capture/ptrace/open_files.h"
#include "capture/ptrace/outlet.h"
#include "capture/ptrace/pid_names.h"
#include "capture/ptrace/requests.h"
#include "capture/ptrace/stops.h"
#include "capture/ptrace/tracee.h"

namespace syscope::capture::ptrace {

struct LaunchedCommand {
  Launch launch;
  bool filtered = false;  // runs under a seccomp filter
};

// Starts the command of the request, which then waits for its tracer. What belongs to one process
// alone, as timers do, has to be made after this: see Command::Tracer.
[[nodiscard]] Result<LaunchedCommand> start_command(const Request& request);

class Tracer final : public Engine {
 public:
  Tracer(const Request& request, const PlanSource& plans, proc::Root proc, Stops stops);
  ~Tracer() override { detach(); }

  // Both before the first pump; errors as in engine.h. attach() leaves out what is traced already.
  [[nodiscard]] Result<void> trace(LaunchedCommand launched);
  [[nodiscard]] Result<void> attach(pid_t pid);
  // Adds a sentence for people to the stream; `about`: enum sc_note_flag.
  void note(std::string_view text, unsigned about = 0);

  [[nodiscard]] Result<Progress> pump(RecordSink& sink, std::chrono::milliseconds wait) override;
  void detach() override;
  [[nodiscard]] std::optional<int> wait_status() const override { return command_status_; }
  [[nodiscard]] pid_t command_pid() const override { return launch_ ? launch_->pid() : 0; }

 private:
  // Stops (tracer.cc). Each handler ends by letting the thread go on.
  void handle(const Stop& stop);
  void on_event_stop(Tracee& tracee, int signal);
  void on_signal(Tracee& tracee, int signal);
  void resume(Tracee& tracee, int signal = 0);
  void rest(Tracee& tracee);
  void let_go(Tracee& tracee, int signal);

  // Threads that come, change and end (tasks.cc).
  [[nodiscard]] Result<bool> attach_thread(pid_t tid, pid_t pid);
  void on_new_task(Tracee& parent, int event);
  void on_exec(const Stop& stop);
  void on_end(Tracee& tracee, int status);
  void on_unknown(const Stop& stop);
  void turn_away(const Stop& stop);
  Tracee& adopt(pid_t tid, pid_t pid, const Tracee* parent);
  void claim(pid_t tid);
  void claim_all();
  [[nodiscard]] std::chrono::milliseconds claim_overdue(std::chrono::milliseconds wait);
  void deliver_start();
  void deliver_task(const Tracee& tracee, sc_task_how how, pid_t parent_tid);

  // Calls (calls.cc).
  void on_call_stop(Tracee& tracee, const Stop& stop);
  void on_filter_stop(Tracee& tracee, const Stop& stop);
  void on_entry(Tracee& tracee, Abi abi, std::uint32_t nr, std::uint64_t ip,
                const std::uint64_t (&arguments)[6], std::uint64_t cpu_time);
  void on_exit(Tracee& tracee, std::int64_t result, std::uint64_t cpu_time);
  void begin_call(Tracee& tracee, Abi abi, std::uint32_t nr, const std::uint64_t (&arguments)[6]);
  [[nodiscard]] bool is_whole(const sc_call& call) const;
  void read_memory(Tracee& tracee, Abi abi, sc_phase phase);
  void name_protocol(Tracee& tracee);
  void name_files(Tracee& tracee, sc_kind kind);
  [[nodiscard]] std::span<const std::int32_t> descriptors_of(Tracee& tracee);
  void on_first_stop(Tracee& tracee);
  void abandon_call(Tracee& tracee);

  // What is told besides (told.cc).
  void name_pids(Tracee& tracee, Bytes record);
  void name_call_pids(Tracee& tracee, sc_kind kind);
  void read_stack_at_entry(Tracee& tracee);
  [[nodiscard]] StackReader::Stack read_stack(const Tracee& tracee);
  void deliver_stack(Tracee& tracee);

  // Injections (tamper.cc).
  [[nodiscard]] unsigned tamper_at_entry(Tracee& tracee, Abi abi, std::uint32_t nr,
                                         const std::uint64_t (&arguments)[6]);
  [[nodiscard]] std::int64_t tamper_at_exit(Tracee& tracee, std::int64_t result);
  [[nodiscard]] unsigned poke_arguments(const Tracee& tracee, Abi abi, std::uint32_t nr,
                                        const std::vector<Poke>& pokes,
                                        const std::uint64_t (&arguments)[6]);
  [[nodiscard]] std::chrono::milliseconds release_held(std::chrono::milliseconds wait);
  // Whether it has to end with the tracer.
  [[nodiscard]] bool is_bound(const Tracee& tracee) const {
    return tracee.filtered || request_.kill_on_exit;
  }

  template <class T>
  T& start_record(sc_kind kind, const Tracee& tracee);

  Request request_;
  const PlanSource& plans_;
  proc::Root proc_;
  proc::SchedulerClock scheduler_clock_;
  Stops stops_;
  Neighbour neighbour_;
  PlanRunner runner_;
  std::optional<OpenFiles> files_;     // where the request asks for them
  NetlinkSockets netlink_sockets_;
  PidNames pid_names_;
  std::vector<std::int32_t> numbers_;  // descriptors, or process ids, of the call at hand
  Outlet outlet_;
  RecordBuffer scratch_;  // of records that are not calls
  Tracees tracees_;
  std::vector<pid_t> held_;      // threads that an injection delays
  std::vector<Stop> unclaimed_;  // of new threads whose maker has not yet told of them
  std::uint64_t unclaimed_since_ = 0;  // ns of CLOCK_MONOTONIC: when the first of them came
  std::optional<Launch> launch_;
  std::optional<int> command_status_;
  bool detaching_ = false;
};

// "0x7f", for a note.
[[nodiscard]] std::string hexadecimal(std::uint64_t number);

template <class T>
T& Tracer::start_record(sc_kind kind, const Tracee& tracee) {
  T& record = scratch_.start<T>(kind);
  sc_head& head = scratch_.head();
  head.abi = static_cast<sc_u8>(tracee.abi);
  head.pid = static_cast<sc_u32>(tracee.pid);
  head.tid = static_cast<sc_u32>(tracee.tid);
  head.time = monotonic_time();
  return record;
}

}  // namespace syscope::capture::ptrace
