// Who waits for which of the kernel's own locks, which /proc does not tell.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "capture/proc/root.h"

namespace syscope::capture::proc {

// A thread that sleeps for a lock.
struct LockWait {
  enum class Kind : std::uint8_t { mutex, semaphore, reading, writing };  // the last two: of a rwsem

  pid_t tid = 0;
  Kind kind = Kind::mutex;
  pid_t owner_pid = 0;  // 0: the kernel does not know; of a semaphore whoever took it last
  pid_t owner_tid = 0;
  bool by_readers = false;  // the owner is one of perhaps many that read
};

class LockWaitSource {
 public:
  virtual ~LockWaitSource() = default;
  // All such threads of the machine at this moment; an empty list also where the kernel keeps no record.
  [[nodiscard]] virtual Result<std::vector<LockWait>> list(const Root& root) = 0;
};

}  // namespace syscope::capture::proc
