#include "capture/ptrace/in_flight.h"

#include <elf.h>
#include <linux/audit.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <cerrno>

namespace syscope::capture::ptrace {
namespace {

// What the kernel leaves in the result register of a call that a signal or a tracer interrupted.
// include/linux/errno.h.
constexpr std::int64_t restart_sys = -512;
constexpr std::int64_t restart_no_intr = -513;
constexpr std::int64_t restart_no_hand = -514;
constexpr std::int64_t restart_block = -516;

#ifdef __x86_64__
// struct user_regs_struct of a 32-bit process.
struct Registers32 {
  std::uint32_t bx, cx, dx, si, di, bp, ax, ds, es, fs, gs, orig_ax, ip, cs, flags, sp, ss;
};

union Registers {
  user_regs_struct wide;
  Registers32 narrow;
};

std::optional<InFlightCall> read_registers(pid_t tid, std::uint32_t architecture) {
  Registers registers;
  iovec into = {&registers, sizeof registers};
  if (::ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &into) < 0) return std::nullopt;
  if (into.iov_len == sizeof(Registers32)) {
    const Registers32& r = registers.narrow;
    if (static_cast<std::int32_t>(r.orig_ax) < 0) return std::nullopt;
    return InFlightCall{
        r.orig_ax, {r.bx, r.cx, r.dx, r.si, r.di, r.bp}, static_cast<std::int32_t>(r.ax)};
  }
  const user_regs_struct& r = registers.wide;
  if (static_cast<std::int64_t>(r.orig_rax) < 0) return std::nullopt;
  const auto result = static_cast<std::int64_t>(r.rax);
  if (architecture != AUDIT_ARCH_I386) {
    return InFlightCall{r.orig_rax, {r.rdi, r.rsi, r.rdx, r.r10, r.r8, r.r9}, result};
  }
  // A 64-bit program that used the 32-bit interrupt gate.
  const auto low = [](std::uint64_t value) { return value & 0xffffffff; };
  return InFlightCall{r.orig_rax,
                      {low(r.rbx), low(r.rcx), low(r.rdx), low(r.rsi), low(r.rdi), low(r.rbp)},
                      static_cast<std::int32_t>(r.rax)};
}
#else
std::optional<InFlightCall> read_registers(pid_t, std::uint32_t) { return std::nullopt; }
#endif

}  // namespace

std::optional<InFlightCall> find_in_flight(pid_t tid, std::uint32_t architecture) {
  std::optional<InFlightCall> call = read_registers(tid, architecture);
  if (!call) return std::nullopt;
  switch (call->result) {
    case restart_sys:
    case restart_no_intr:
    case restart_no_hand: call->next = InFlightCall::Next::repeats; return call;
    case restart_block: call->next = InFlightCall::Next::resumes; return call;
    case -EINTR: call->next = InFlightCall::Next::finished; return call;
    default: return std::nullopt;
  }
}

}  // namespace syscope::capture::ptrace
