// Seizing threads that already run, and saying why it did not work.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "capture/proc/root.h"

namespace syscope::capture::ptrace {

// The number after "NAME:" in /proc/PID/status, -1 if it is not there. proc_pid_status(5).
[[nodiscard]] long status_number(std::string_view status, std::string_view name);

// The process that a thread belongs to, -1 if the thread is gone.
[[nodiscard]] pid_t process_of(const proc::Root& root, pid_t tid);

// Copies the name of a thread, cut to 15 bytes; empty where it is gone.
void read_comm(const proc::Root& root, pid_t tid, char (&comm)[16]);

// Why PTRACE_SEIZE of a thread failed with this errno, for a person: gone, a zombie, a kernel
// thread, traced by somebody else, of another user, or forbidden by a policy.
[[nodiscard]] Error why_not_seized(const proc::Root& root, pid_t tid, int error);

}  // namespace syscope::capture::ptrace
