#include "capture/kernel_locks/kernel_locks.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/fd.h"
#include "capture/kernel_locks/layout.h"
#include "capture/kernel_locks/loader.h"
#include "capture/proc/process.h"

namespace syscope::capture::kernel_locks {
namespace {

proc::LockWait::Kind kind_of(int kind) {
  switch (kind) {
    case SCL_MUTEX: return proc::LockWait::Kind::mutex;
    case SCL_SEMAPHORE: return proc::LockWait::Kind::semaphore;
    case SCL_READING: return proc::LockWait::Kind::reading;
    default: return proc::LockWait::Kind::writing;
  }
}

}  // namespace

Result<std::vector<proc::LockWait>> KernelLocks::list(const proc::Root& root) {
  if (!root.is_kernel() || ::geteuid() != 0 || !proc::in_first_pid_namespace(root)) {
    return fail(Cause::not_permitted, "cannot ask the kernel for its locks");
  }
  const Fd link(scl_load());
  if (!link) return fail(Cause::unsupported, "cannot load the list of the kernel's locks");
  const Fd iterator(scl_start(link.get()));
  if (!iterator) return fail(Cause::unsupported, "cannot list the kernel's locks");
  std::vector<proc::LockWait> waits;
  std::array<scl_row, 256> rows;
  for (;;) {
    const ssize_t count = ::read(iterator.get(), rows.data(), sizeof rows);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return fail_errno(errno, "cannot list the kernel's locks");
    if (count == 0) return waits;
    for (std::size_t at = 0; at < static_cast<std::size_t>(count) / sizeof(scl_row); ++at) {
      const scl_row& row = rows[at];
      waits.push_back(
          {row.tid, kind_of(row.kind), row.owner_pid, row.owner_tid, row.by_readers != 0});
    }
  }
}

}  // namespace syscope::capture::kernel_locks
