// What the tracer does at the entry and the exit of a call.
#include <linux/audit.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "capture/ptrace/tracer.h"
#include "event/view.h"

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

bool is_restart(Abi abi, std::uint32_t nr) {
  switch (abi) {
    case Abi::i386: return nr == 0;
    case Abi::arm64: return nr == 128;
    default: return nr == 219;
  }
}

// rt_sigreturn(2) has no arguments: what it returns to is on the stack (record.h).
bool returns_from_signal(const Number& number) {
  switch (number.abi) {
    case Abi::i386: return number.nr == 173;
    case Abi::arm64: return number.nr == 139;
    default: return number.nr == 15;
  }
}

bool has_file(const RecordBuffer& record, std::int32_t number) {
  event::Blocks blocks(record.bytes());
  while (const auto block = blocks.next()) {
    if (block->kind == SC_FD && static_cast<std::int32_t>(block->address) == number) return true;
  }
  return false;
}

}  // namespace

void Tracer::on_call_stop(Tracee& tracee, const Stop& stop) {
  if (tracee.call == Tracee::Call::unwanted) {  // its exit: nothing to look at
    tracee.call = Tracee::Call::none;
    return resume(tracee);
  }
  request::SyscallInfo info;
  if (request::syscall_info(tracee.tid, info) != 0) return;  // killed: its end is still to come
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
    const Number number = number_of(info.arch, info.entry.nr);
    if (returns_from_signal(number)) info.entry.args[0] = info.stack_pointer;
    on_entry(tracee, number.abi, number.nr, info.instruction_pointer, info.entry.args,
             stop.cpu_time);
  } else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
    on_exit(tracee, info.exit.rval, stop.cpu_time);
  }
  resume(tracee, std::exchange(tracee.signal_due, 0));
}

// The entry of a call that our seccomp filter picked out.
void Tracer::on_filter_stop(Tracee& tracee, const Stop& stop) {
  tracee.filtered = true;
  request::SyscallInfo info;
  if (tracee.call == Tracee::Call::none && request::syscall_info(tracee.tid, info) == 0 &&
      info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
    const Number number = number_of(info.arch, info.seccomp.nr);
    if (returns_from_signal(number)) info.seccomp.args[0] = info.stack_pointer;
    on_entry(tracee, number.abi, number.nr, info.instruction_pointer, info.seccomp.args,
             stop.cpu_time);
    if (tracee.call == Tracee::Call::unwanted) tracee.call = Tracee::Call::none;
  }
  resume(tracee, std::exchange(tracee.signal_due, 0));
}

void Tracer::on_entry(Tracee& tracee, Abi abi, std::uint32_t nr, std::uint64_t ip,
                      const std::uint64_t (&arguments)[6], std::uint64_t cpu_time) {
  if (std::exchange(tracee.resumes, false)) {  // the call in flight is in `record` already
    tracee.call = Tracee::Call::recorded;
    tracee.cpu_time = cpu_time;
    if (is_restart(abi, nr)) return;
    on_exit(tracee, -EINTR, cpu_time);  // a signal handler kept it from going on
  }
  tracee.abi = abi;
  const bool ours = tracee.launching && nr != SYS_execve;
  if (ours || !request_.calls.has(abi, nr)) {
    tracee.call = Tracee::Call::unwanted;
    return;
  }
  const unsigned tampering = tamper_at_entry(tracee, abi, nr, arguments);
  begin_call(tracee, abi, nr, arguments);
  sc_call& call = tracee.record.call();
  call.head.flags |= static_cast<sc_u8>(tampering);
  if (request_.instruction_pointer) call.ip = ip;
  tracee.cpu_time = cpu_time;
  if (std::exchange(tracee.repeats, {}) == nr) {
    call.head.flags |= SC_IN_FLIGHT;
    call.head.time = tracee.asleep_since;
  }
  if (request_.announce) outlet_.announce(tracee);
  if ((tracee.record.head().flags & SC_IN_FLIGHT) != 0) outlet_.flush();  // it slept: it will again
}

bool Tracer::is_whole(const sc_call& call) const {
  const auto descriptor = static_cast<std::int32_t>(call.args[0]);
  return request_.captured_whole && descriptor >= 0 && request_.captured_whole(descriptor);
}

void Tracer::read_memory(Tracee& tracee, Abi abi, sc_phase phase) {
  const bool whole = is_whole(tracee.record.call());
  runner_.run(tracee.tid, abi, tracee.plan, phase, tracee.record, whole);
  if (!request_.short_strings) return;
  for (const PlanRunner::ShortString& text : runner_.short_strings()) {
    note("short read (" + std::to_string(text.got) + " < " + std::to_string(text.most) + ") @" +
         hexadecimal(text.address) + ": Bad address");
  }
}

void Tracer::begin_call(Tracee& tracee, Abi abi, std::uint32_t nr,
                        const std::uint64_t (&arguments)[6]) {
  tracee.call = Tracee::Call::recorded;
  sc_call& call = tracee.record.start<sc_call>(SC_CALL);
  call.head.abi = static_cast<sc_u8>(abi);
  call.head.pid = static_cast<sc_u32>(tracee.pid);
  call.head.tid = static_cast<sc_u32>(tracee.tid);
  call.head.time = monotonic_time();
  call.nr = nr;
  for (int i = 0; i < 6; ++i) call.args[i] = arguments[i];
  tracee.plan = plans_.plan(abi, nr, call.args);
  if (!tracee.plan.empty()) {
    if (asks_for_netlink(tracee.plan)) name_protocol(tracee);
    read_memory(tracee, abi, SC_ENTRY_PHASE);
  }
  if (files_) name_files(tracee, SC_ENTER);
  if (request_.pids != nullptr) name_call_pids(tracee, SC_ENTER);
  if (request_.stacks != nullptr) read_stack_at_entry(tracee);
}

// Adds the protocol of the netlink socket in argument 0, if it is one.
void Tracer::name_protocol(Tracee& tracee) {
  const auto number = static_cast<std::int32_t>(tracee.record.call().args[0]);
  const auto protocol = netlink_sockets_.protocol(tracee.pid, tracee.tid, number);
  if (!protocol) return;
  const std::uint64_t value = *protocol;
  sc_block block{};
  block.address = static_cast<sc_u64>(std::int64_t{number});
  block.size = sizeof value;
  block.kind = SC_NETLINK;
  block.flags = SC_AT_ENTRY;
  tracee.record.append_block(block, std::as_bytes(std::span(&value, 1)));
}

// Adds what the descriptors of the call are: at its entry, and at its exit those that it brought.
void Tracer::name_files(Tracee& tracee, sc_kind kind) {
  tracee.record.head().kind = static_cast<sc_u16>(kind);
  const auto result = static_cast<std::int32_t>(tracee.record.call().ret);
  for (const std::int32_t number : descriptors_of(tracee)) {
    const bool known = kind == SC_CALL && number != result && has_file(tracee.record, number);
    if (known || tracee.record.room() < sizeof(sc_u64)) continue;
    const OpenFile file = files_->look_up(tracee.pid, tracee.tid, number);
    if (file.id == 0) continue;
    if (!file.record.empty()) outlet_.deliver_within(tracee, file.record);
    sc_block block{};
    block.address = static_cast<sc_u64>(std::int64_t{number});
    block.size = sizeof file.id;
    block.kind = SC_FD;
    block.flags = kind == SC_ENTER ? SC_AT_ENTRY : SC_AT_EXIT;
    tracee.record.append_block(block, std::as_bytes(std::span(&file.id, 1)));
  }
  tracee.record.head().kind = SC_CALL;
}

// Each once, in ascending order.
std::span<const std::int32_t> Tracer::descriptors_of(Tracee& tracee) {
  numbers_.clear();
  request_.descriptors->find(tracee.record.finish(), numbers_);
  std::ranges::sort(numbers_);
  numbers_.erase(std::ranges::unique(numbers_).begin(), numbers_.end());
  return numbers_;
}

void Tracer::on_exit(Tracee& tracee, std::int64_t result, std::uint64_t cpu_time) {
  if (tracee.call != Tracee::Call::recorded) return;
  tracee.call = Tracee::Call::none;
  if (tracee.injection != nullptr) result = tamper_at_exit(tracee, result);
  sc_call& call = tracee.record.call();
  call.ret = result;
  call.duration = monotonic_time() - call.head.time;
  if (request_.cpu_times) {
    const std::uint64_t on_cpu = cpu_time - tracee.cpu_time;
    call.blocked = on_cpu < call.duration ? call.duration - on_cpu : 0;
  } else {
    call.blocked = SC_UNKNOWN;
  }
  if (!tracee.plan.empty()) {
    const Abi abi = static_cast<Abi>(call.head.abi);  // an exec may have changed the thread's
    read_memory(tracee, abi, SC_EXIT_PHASE);
  }
  if (files_) name_files(tracee, SC_CALL);
  if (request_.pids != nullptr) name_call_pids(tracee, SC_CALL);
  outlet_.finish(tracee);
  if (request_.stacks != nullptr) deliver_stack(tracee);
}

// The stop that our interruption of a running process led to.
void Tracer::on_first_stop(Tracee& tracee) {
  tracee.attaching = false;
  request::SyscallInfo info;
  if (request::syscall_info(tracee.tid, info) != 0) return;
  const auto in_flight = find_in_flight(tracee.tid, info.arch);
  if (!in_flight) return;
  const Number number = number_of(info.arch, in_flight->nr);
  if (in_flight->next == InFlightCall::Next::repeats) {
    tracee.repeats = number.nr;
    return;
  }
  if (is_restart(number.abi, number.nr) || !request_.calls.has(number.abi, number.nr)) return;
  tracee.abi = number.abi;
  begin_call(tracee, number.abi, number.nr, in_flight->arguments);
  sc_call& call = tracee.record.call();
  call.head.flags |= SC_IN_FLIGHT;
  call.head.time = tracee.asleep_since;
  tracee.cpu_time = 0;
  if (request_.announce) outlet_.announce(tracee);
  if (in_flight->next == InFlightCall::Next::finished) {
    on_exit(tracee, in_flight->result, 0);
  } else {
    outlet_.flush();
    tracee.resumes = true;  // and not in a call, until restart_syscall(2) says so
  }
}

// The thread ends inside its call.
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
