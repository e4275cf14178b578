// Starting a command that waits for its tracer: fork, stop before the exec, exec when told.
#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <optional>

#include "base/fd.h"
#include "base/result.h"
#include "capture/engine.h"

namespace syscope::capture {

// A child process that blocks in read(2) until go(), and then does three things in this order: it
// installs the filter if one was given, takes the credentials asked for, and execs. It makes no
// other system call, so a tracer that ignores everything before the execve(2) sees just the
// command.
//
// The child inherits the caller's signal mask, ignored signals, working directory and descriptors
// that are not close-on-exec, as a command started by a shell would.
class Launch {
 public:
  // Forks. `filter`, if not null, is a seccomp(2) program, installed with no_new_privs only where
  // the kernel asks for it (a caller without CAP_SYS_ADMIN). Both are copied. Unless the tracer is
  // the command's parent, start() returns in a grandchild of the caller, with one thread, and the
  // caller itself is what waits for go(); it has reaped the process in between. Errors: fork(2) or
  // socketpair(2) failed.
  [[nodiscard]] static Result<Launch> start(const Command& command, const sock_fprog* filter);

  Launch(Launch&&) noexcept = default;
  Launch& operator=(Launch&&) noexcept = default;
  // A child that never got its go() ends by itself, unreaped: its socket is closed.
  ~Launch() = default;

  [[nodiscard]] pid_t pid() const { return pid_; }

  // Lets the child run on. Call once.
  void go();

  // Why the command could not be executed. Nothing while it is undecided, and nothing after a
  // successful exec. execve(2), setresuid(2), seccomp(2).
  [[nodiscard]] std::optional<Error> failure();

 private:
  Launch(pid_t pid, Fd channel, std::string file)
      : pid_(pid), channel_(std::move(channel)), file_(std::move(file)) {}

  pid_t pid_;
  Fd channel_;  // the child gets its go from here and reports a failure; closed by the exec
  std::string file_;
};

}  // namespace syscope::capture
