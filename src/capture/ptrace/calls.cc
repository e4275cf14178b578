// What the tracer does at the entry and the exit of a call.
#include <linux/audit.h>
#include <sys/syscall.h>

#include "capture/ptrace/tracer.h"

namespace syscope::capture::ptrace {
namespace {

constexpr std::uint32_t x32_bit = 0x40000000;

struct Number {
  Abi abi;
  std::uint32_t nr;  // without the x32 bit
};

// syscall(2), "Architecture calling conventions"; audit architectures: linux/audit.h.
Number number_of(std::uint32_t architecture, std::uint64_t raw) {
  const auto nr = static_cast<std::uint32_t>(raw);
  switch (architecture) {
    case AUDIT_ARCH_I386: return {Abi::i386, nr};
    case AUDIT_ARCH_AARCH64: return {Abi::arm64, nr};
    default:
      // A cancelled call has number -1, which is no x32 call.
      if (nr != ~0u && (nr & x32_bit) != 0) return {Abi::x32, nr & ~x32_bit};
      return {Abi::x86_64, nr};
  }
}

}  // namespace

void Tracer::on_call_stop(Tracee& tracee, const Stop& stop) {
  if (tracee.call == Tracee::Call::unwanted) {  // its exit: nothing to look at
    tracee.call = Tracee::Call::none;
    return resume(tracee);
  }
  request::SyscallInfo info;
  if (request::syscall_info(tracee.tid, info) != 0) return;  // killed: its end is still to come
  switch (info.op) {
    case PTRACE_SYSCALL_INFO_ENTRY: {
      const Number number = number_of(info.arch, info.entry.nr);
      on_entry(tracee, number.abi, number.nr, info, info.entry.args, stop.cpu_time);
      break;
    }
    case PTRACE_SYSCALL_INFO_SECCOMP: {
      const Number number = number_of(info.arch, info.seccomp.nr);
      on_entry(tracee, number.abi, number.nr, info, info.seccomp.args, stop.cpu_time);
      break;
    }
    case PTRACE_SYSCALL_INFO_EXIT: on_exit(tracee, info.exit.rval, stop.cpu_time); break;
    default: break;
  }
  resume(tracee);
}

void Tracer::on_entry(Tracee& tracee, Abi abi, std::uint32_t nr, const request::SyscallInfo& info,
                      const std::uint64_t (&arguments)[6], std::uint64_t cpu_time) {
  tracee.abi = abi;
  const bool ours = tracee.launching && nr != SYS_execve;
  if (ours || !request_.calls.has(abi, nr)) {
    tracee.call = Tracee::Call::unwanted;
    return;
  }
  tracee.call = Tracee::Call::recorded;
  sc_call& call = tracee.record.start<sc_call>(SC_CALL);
  call.head.abi = static_cast<sc_u8>(abi);
  call.head.pid = static_cast<sc_u32>(tracee.pid);
  call.head.tid = static_cast<sc_u32>(tracee.tid);
  call.head.time = monotonic_time();
  call.nr = nr;
  for (int i = 0; i < 6; ++i) call.args[i] = arguments[i];
  if (request_.instruction_pointer) call.ip = info.instruction_pointer;
  tracee.cpu_time = cpu_time;
  tracee.plan = plans_.plan(abi, nr, call.args);
  if (!tracee.plan.empty()) {
    runner_.run(tracee.tid, abi, tracee.plan, SC_ENTRY_PHASE, tracee.record);
  }
  if (request_.announce) outlet_.announce(tracee);
}

void Tracer::on_exit(Tracee& tracee, std::int64_t result, std::uint64_t cpu_time) {
  if (tracee.call != Tracee::Call::recorded) return;
  tracee.call = Tracee::Call::none;
  sc_call& call = tracee.record.call();
  call.ret = result;
  call.duration = monotonic_time() - call.head.time;
  const std::uint64_t on_cpu = cpu_time - tracee.cpu_time;
  call.blocked = on_cpu < call.duration ? call.duration - on_cpu : 0;
  if (!tracee.plan.empty()) {
    const Abi abi = static_cast<Abi>(call.head.abi);  // an exec may have changed the thread's
    runner_.run(tracee.tid, abi, tracee.plan, SC_EXIT_PHASE, tracee.record);
  }
  outlet_.finish(tracee);
}

void Tracer::abandon_call(Tracee& tracee) {
  if (tracee.call != Tracee::Call::recorded) return;
  tracee.call = Tracee::Call::none;
  sc_call& call = tracee.record.call();
  call.head.flags |= SC_NO_RETURN;
  call.duration = monotonic_time() - call.head.time;
  call.blocked = SC_UNKNOWN;
  outlet_.finish(tracee);
}

}  // namespace syscope::capture::ptrace
