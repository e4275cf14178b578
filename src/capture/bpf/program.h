// The loaded kernel programs and their maps. They live as long as this object: the kernel drops them
// with its descriptors, however the process ends.
#pragma once

#include <memory>

#include "base/result.h"
#include "capture/bpf/plans.h"
#include "capture/bpf/rings.h"
#include "capture/engine.h"

struct trace_bpf;

namespace syscope::capture::bpf {

class Program {
 public:
  // Loads what the request needs. Nothing is traced before attach(). bpf(2).
  // Errors: no permission, a kernel that lacks something (Cause::unsupported), a request that cannot
  // be met; `doctor` tells the reasons apart.
  [[nodiscard]] static Result<Program> load(const Request& request, const KernelPlans& plans);

  Program(Program&&) noexcept;
  Program& operator=(Program&&) = delete;
  ~Program();

  // Puts the programs on their tracepoints.
  [[nodiscard]] Result<void> attach();
  // Takes them off. What the rings hold stays.
  void detach();

  // Makes the stopped child `pid` the traced command: its calls count from its execve(2) on.
  [[nodiscard]] Result<void> adopt_command(pid_t pid);

  // Adopts the running threads that `request` attaches to or selects, and hands over an SC_TASK for
  // each, followed by an SC_ENTER without blocks if it is inside a call.
  [[nodiscard]] Result<void> adopt_running(const Request& request, RecordSink& sink);

  [[nodiscard]] Result<Rings> open_rings() const;

  // How many traced threads live, where nothing is selected by property.
  [[nodiscard]] std::uint64_t alive() const;

  // The tallies so far, as SC_TALLY records.
  void report_tallies(RecordSink& sink) const;

 private:
  struct Destroy {
    void operator()(trace_bpf* skeleton) const;
  };
  explicit Program(trace_bpf* skeleton) : skeleton_(skeleton) {}

  std::unique_ptr<trace_bpf, Destroy> skeleton_;
  unsigned cpus_ = 1;
  std::size_t ring_bytes_ = 0;
};

}  // namespace syscope::capture::bpf
