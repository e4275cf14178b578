// open(2) of a FIFO: it waits until somebody opens the other end.
//
// The path lies in the waiter's memory, the direction in its flags. Nobody has the other end, else it
// would not wait: what can be named are those who wait at the same end, and what to do. fifo(7).
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>

#include "diagnose/paths.h"
#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

std::optional<std::uint64_t> open_flags(const ThreadState& thread, Scene& scene) {
  if (thread.is_in(SYS_openat)) return thread.argument(2);
  if (thread.is_in(SYS_openat2)) {
    return scene.read_object<std::uint64_t>(thread.id.pid, thread.argument(2));
  }
#ifdef __x86_64__
  if (thread.is_in(SYS_open)) return thread.argument(1);
  if (thread.is_in(SYS_creat)) return O_WRONLY;
#endif
  return {};
}

}  // namespace

std::optional<Finding> opening(const ThreadState& thread, Scene& scene) {
  if (!is_open(thread)) return {};
  const auto path = opened_path(thread, scene);
  if (!path || !is_fifo(thread.id.pid, *path, scene)) return {};
  const bool writes = (open_flags(thread, scene).value_or(O_RDONLY) & O_ACCMODE) == O_WRONLY;
  Finding finding;
  finding.rule = "FIFO open";
  finding.resource = fmt::format("FIFO {}: nobody has opened it for {}", *path,
                                 writes ? "reading" : "writing");
  finding.evidence.push_back({fmt::format("memory of {}", thread.id.pid), *path});
  finding.advice = fmt::format("Start the program that {} {}.", writes ? "reads from" : "writes to",
                               *path);
  return finding;
}

}  // namespace syscope::diagnose
