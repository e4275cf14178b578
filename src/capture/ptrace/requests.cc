#include "capture/ptrace/requests.h"

#include <sys/user.h>

#include <cerrno>
#include <cstddef>

namespace syscope::capture::ptrace::request {
namespace {

int ask(__ptrace_request request, pid_t tid, std::uintptr_t address, std::uintptr_t data) {
  return ::ptrace(request, tid, address, data) < 0 ? errno : 0;
}

std::uintptr_t to(void* answer) { return reinterpret_cast<std::uintptr_t>(answer); }

}  // namespace

int seize(pid_t tid, unsigned long options) { return ask(PTRACE_SEIZE, tid, 0, options); }
int interrupt(pid_t tid) { return ask(PTRACE_INTERRUPT, tid, 0, 0); }
int detach(pid_t tid, int signal) {
  return ask(PTRACE_DETACH, tid, 0, static_cast<std::uintptr_t>(signal));
}

int run_to_call(pid_t tid, int signal) {
  return ask(PTRACE_SYSCALL, tid, 0, static_cast<std::uintptr_t>(signal));
}
int run(pid_t tid, int signal) {
  return ask(PTRACE_CONT, tid, 0, static_cast<std::uintptr_t>(signal));
}
int listen(pid_t tid) { return ask(PTRACE_LISTEN, tid, 0, 0); }

int syscall_info(pid_t tid, SyscallInfo& info) {
  return ask(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, to(&info));
}
int signal_info(pid_t tid, siginfo_t& info) { return ask(PTRACE_GETSIGINFO, tid, 0, to(&info)); }
#ifdef __x86_64__
int registers(pid_t tid, DwarfRegisters& registers) {
  user_regs_struct all;
  if (const int error = ask(PTRACE_GETREGS, tid, 0, to(&all))) return error;
  constexpr unsigned long long user_64_bit_code = 0x33;  // the segment's selector
  if (all.cs != user_64_bit_code) return EOPNOTSUPP;
  registers = {all.rax, all.rdx, all.rcx, all.rbx, all.rsi, all.rdi, all.rbp, all.rsp, all.r8,
               all.r9,  all.r10, all.r11, all.r12, all.r13, all.r14, all.r15, all.rip};
  return 0;
}
int set_call_number(pid_t tid, std::int64_t nr) {
  return ask(PTRACE_POKEUSER, tid, offsetof(user_regs_struct, orig_rax),
             static_cast<std::uintptr_t>(nr));
}
int set_call_result(pid_t tid, std::int64_t result) {
  return ask(PTRACE_POKEUSER, tid, offsetof(user_regs_struct, rax),
             static_cast<std::uintptr_t>(result));
}
#else
int registers(pid_t, DwarfRegisters&) { return EOPNOTSUPP; }
int set_call_number(pid_t, std::int64_t) { return ENOSYS; }
int set_call_result(pid_t, std::int64_t) { return ENOSYS; }
#endif
int event_message(pid_t tid, std::uint64_t& message) {
  return ask(PTRACE_GETEVENTMSG, tid, 0, to(&message));
}

}  // namespace syscope::capture::ptrace::request
