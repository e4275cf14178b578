// When threads last had a CPU: the scheduler remembers it, in a clock of its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>

#include "base/result.h"
#include "capture/proc/root.h"

namespace syscope::capture::proc {

// The CPU that the thread ran on last, -1 if it is gone. Field 39 of stat, proc_pid_stat(5).
[[nodiscard]] int last_processor(const Root& root, pid_t pid, pid_t tid);

// The scheduler's clock runs on each CPU for itself, and leaves out the time that interrupts and
// the hypervisor took: on virtual machines it is minutes behind. It is therefore compared with
// CLOCK_MONOTONIC on the very CPU that a thread slept on: the calling thread goes there for some
// 0.1 ms, once for each CPU, and comes back. sched_setaffinity(2).
class SchedulerClock {
 public:
  // `root` outlives the object.
  explicit SchedulerClock(const Root& root) : root_(root) {}

  // Nanoseconds since the thread last had a CPU, good to a few milliseconds; never negative, and
  // never more than its age. World-readable: no privilege needed. unsupported where the kernel
  // lacks CONFIG_SCHED_DEBUG, where the calling thread may not run on that CPU, and where the
  // kernel has lost the instant, as it does when it moves a sleeper to another CPU.
  [[nodiscard]] Result<std::uint64_t> off_cpu_age(pid_t pid, pid_t tid);

 private:
  const Root& root_;
  // By CPU: CLOCK_MONOTONIC minus the scheduler's clock; nothing: it cannot be told.
  std::map<int, std::optional<std::int64_t>> ahead_ns_;
};

}  // namespace syscope::capture::proc
