// What one thread is doing right now: the call it is in, where it sleeps, and since when.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "capture/proc/root.h"

namespace syscope::capture::proc {

struct InFlightCall {
  enum class State {
    running,  // on a CPU or about to be: the kernel does not say what it does
    outside,  // blocked, but in no system call: a page fault, a signal stop
    inside,   // blocked in call `number`
  };
  State state = State::running;
  long number = -1;
  std::array<std::uint64_t, 6> args{};
  std::uint64_t stack_pointer = 0;  // of `outside` and `inside`
  std::uint64_t instruction_pointer = 0;
};

// /proc/PID/task/TID/syscall. Needs PTRACE_MODE_ATTACH: root, or the same user where Yama permits.
// The number is in the thread's own ABI; this file does not tell which. proc_pid_syscall(5).
[[nodiscard]] Result<InFlightCall> read_in_flight_call(const Root& root, pid_t pid, pid_t tid);
[[nodiscard]] Result<InFlightCall> parse_in_flight_call(std::string_view text);

// The kernel function the thread sleeps in; empty when it does not sleep or this user may not know.
// Names differ from kernel to kernel. proc_pid_wchan(5).
[[nodiscard]] std::string read_wait_channel(const Root& root, pid_t pid, pid_t tid);

// The stack inside the kernel, one "function+0x1/0x2" per line; CAP_SYS_ADMIN. proc_pid_stack(5).
[[nodiscard]] Result<std::string> read_kernel_stack(const Root& root, pid_t pid, pid_t tid);

}  // namespace syscope::capture::proc
