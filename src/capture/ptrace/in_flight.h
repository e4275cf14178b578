// The call that a thread was in when its tracer came.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace syscope::capture::ptrace {

struct InFlightCall {
  std::uint64_t nr = 0;  // with the x32 bit
  std::uint64_t arguments[6] = {};
  std::int64_t result = 0;  // what the interruption made of it
  enum class Next {
    repeats,   // the thread makes the same call again: an entry stop follows
    resumes,   // it goes on through restart_syscall(2)
    finished,  // it returned early, with EINTR
  } next = Next::repeats;
};

// Looks at the registers of a thread in its first stop after PTRACE_INTERRUPT; `architecture` is
// that of PTRACE_GET_SYSCALL_INFO. Nothing if it was in user mode, or on the way out of a call of
// its own accord. Knows x86-64 and its 32-bit mode; elsewhere nothing.
[[nodiscard]] std::optional<InFlightCall> find_in_flight(pid_t tid, std::uint32_t architecture);

}  // namespace syscope::capture::ptrace
