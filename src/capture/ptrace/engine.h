// The ptrace engine: stops each thread at the entry and the exit of every call. ptrace(2).
#pragma once

#include <memory>
#include <span>

#include "capture/engine.h"
#include "catalog/plan.h"

namespace syscope::capture::ptrace {

// Where the engine finds what to copy for a call.
class PlanSource {
 public:
  virtual ~PlanSource() = default;
  // The ops of the call, by its number (without the x32 bit) and the arguments that choose its
  // variant; empty where nothing is to be copied. The ops live as long as the source.
  [[nodiscard]] virtual std::span<const sc_op> plan(Abi abi, std::uint32_t nr,
                                                    const std::uint64_t (&arguments)[6]) const = 0;
};

// Starts the command of the request, stopped before its first instruction, and attaches to its
// processes. The plans are those of the catalog, or of `plans`, which then outlives the engine.
//
// The engine belongs to the thread that makes it, as ptrace(2) has it: that thread pumps, detaches
// and destroys it. Meanwhile pump() reaps any child process of that thread, traced or not, and the
// engine owns the signal SIGRTMAX, whose handler only ends waits: a sink that writes to something
// slow has to go on after EINTR. While pump() runs, that thread may be bound to the CPU of a tracee
// and scheduled as SCHED_IDLE: see neighbour.h.
//
// A command under a seccomp filter (request.seccomp_filter with follow_forks) cannot outlive its
// tracer, since its filtered calls would fail with ENOSYS: it is killed when the engine detaches or
// the tracer dies. Everything else always runs on.
//
// Errors: a process that is gone, is a kernel thread or a zombie, belongs to somebody else, or is
// traced already; a command that cannot be started. Where only some of several processes cannot be
// attached, the others are traced, and SC_NOTE records tell. A command whose exec fails makes
// pump() return an error, after its records.
[[nodiscard]] Result<std::unique_ptr<Engine>> make_engine(const Request& request);
[[nodiscard]] Result<std::unique_ptr<Engine>> make_engine(const Request& request,
                                                          const PlanSource& plans);

// The options that the engine sets for every thread: PTRACE_SETOPTIONS of ptrace(2). Those of a
// command under a seccomp filter are more.
[[nodiscard]] unsigned long trace_options(const Request& request);

}  // namespace syscope::capture::ptrace
