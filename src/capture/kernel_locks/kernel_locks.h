// Who holds the kernel's own locks, from an iterator in the kernel: where it keeps for its detector of
// hung tasks what a thread waits for (task->blocker: mutexes since Linux 6.16, semaphores since 6.17;
// CONFIG_DETECT_HUNG_TASK_BLOCKER). Needs root and the first PID namespace.
#pragma once

#include "capture/proc/lock_waits.h"

namespace syscope::capture::kernel_locks {

class KernelLocks final : public proc::LockWaitSource {
 public:
  // not_permitted or unsupported where it cannot be known. Loads the program, which takes some
  // milliseconds, each time.
  [[nodiscard]] Result<std::vector<proc::LockWait>> list(const proc::Root& root) override;
};

}  // namespace syscope::capture::kernel_locks
