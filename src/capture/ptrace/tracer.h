// The engine itself: one thread's view of all its tracees.
#pragma once

#include <csignal>
#include <optional>
#include <vector>

#include "capture/engine.h"
#include "capture/launch.h"
#include "capture/ptrace/engine.h"
#include "capture/ptrace/outlet.h"
#include "capture/ptrace/plan_run.h"
#include "capture/ptrace/requests.h"
#include "capture/ptrace/stops.h"
#include "capture/ptrace/tracee.h"

namespace syscope::capture::ptrace {

class Tracer final : public Engine {
 public:
  Tracer(const Request& request, const PlanSource& plans, Stops stops);
  ~Tracer() override { detach(); }

  // Before the first pump. launch(2) errors as in engine.h.
  [[nodiscard]] Result<void> launch(const Command& command);

  [[nodiscard]] Result<Progress> pump(RecordSink& sink, std::chrono::milliseconds wait) override;
  void detach() override;
  [[nodiscard]] std::optional<int> wait_status() const override { return command_status_; }
  [[nodiscard]] pid_t command_pid() const override { return launch_ ? launch_->pid() : 0; }

 private:
  // Stops, by kind (tracer.cc).
  void handle(const Stop& stop);
  void on_end(Tracee& tracee, int status);
  void on_event_stop(Tracee& tracee, int signal);
  void on_signal(Tracee& tracee, int signal);
  void on_new_task(Tracee& parent);
  void on_exec(Tracee& leader);
  void on_unknown(const Stop& stop);
  void resume(Tracee& tracee, int signal = 0);

  // Calls (calls.cc).
  void on_call_stop(Tracee& tracee, const Stop& stop);
  void on_entry(Tracee& tracee, Abi abi, std::uint32_t nr, const request::SyscallInfo& info,
                const std::uint64_t (&arguments)[6], std::uint64_t cpu_time);
  void on_exit(Tracee& tracee, std::int64_t result, std::uint64_t cpu_time);
  void abandon_call(Tracee& tracee);

  // Records that are not calls.
  template <class T>
  T& start_record(sc_kind kind, const Tracee& tracee);
  void deliver_start();
  void deliver_task(const Tracee& tracee, sc_task_how how, pid_t parent_tid);

  [[nodiscard]] unsigned long options() const;
  Tracee& adopt(pid_t tid, pid_t pid, const Tracee* parent);

  Request request_;
  const PlanSource& plans_;
  Stops stops_;
  PlanRunner runner_;
  Outlet outlet_;
  RecordBuffer scratch_;  // of records that are not calls
  Tracees tracees_;
  std::vector<Stop> unclaimed_;  // first stops of new threads whose maker has not yet told of them
  std::optional<Launch> launch_;
  std::optional<int> command_status_;
  bool started_ = false;
};

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
