// The requests of ptrace(2) that the engine makes, each with its own type of answer. All return 0
// or an errno value; ESRCH always means: not stopped, or just killed, and a later wait tells which.
#pragma once

#include <sys/ptrace.h>
#include <sys/types.h>

#include <csignal>
#include <cstdint>

#include "capture/engine.h"

namespace syscope::capture::ptrace::request {

using SyscallInfo = __ptrace_syscall_info;

[[nodiscard]] int seize(pid_t tid, unsigned long options);
[[nodiscard]] int interrupt(pid_t tid);
[[nodiscard]] int detach(pid_t tid, int signal);

// Lets a stopped thread run, delivering `signal` if it is not 0: to the next entry or exit of a
// call, to the next stop of another kind, or, from a group stop, to its end.
int run_to_call(pid_t tid, int signal);
int run(pid_t tid, int signal);
int listen(pid_t tid);

[[nodiscard]] int syscall_info(pid_t tid, SyscallInfo& info);
// Those of 64-bit code only: else EOPNOTSUPP.
[[nodiscard]] int registers(pid_t tid, DwarfRegisters& registers);
[[nodiscard]] int signal_info(pid_t tid, siginfo_t& info);
// Of a thread that is stopped at the entry of a call: makes another call of it, none for -1; at the
// exit: gives it another result. ENOSYS where the registers of the machine are not known here.
[[nodiscard]] int set_call_number(pid_t tid, std::int64_t nr);
[[nodiscard]] int set_call_result(pid_t tid, std::int64_t result);
[[nodiscard]] int event_message(pid_t tid, std::uint64_t& message);

}  // namespace syscope::capture::ptrace::request
