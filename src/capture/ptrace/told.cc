// What the tracer tells of a stopped thread besides its calls: whom its process ids mean, and the
// functions it is in.
#include <cstdint>

#include "capture/ptrace/tracer.h"
#include "event/view.h"

namespace syscope::capture::ptrace {
namespace {

// Calls behind which the functions that made them are gone: execve, execveat, exit, exit_group.
bool leaves_its_caller(Abi abi, std::uint32_t nr) {
  switch (abi) {
    case Abi::i386: return nr == 11 || nr == 358 || nr == 1 || nr == 252;
    case Abi::arm64: return nr == 221 || nr == 281 || nr == 93 || nr == 94;
    default: return nr == 59 || nr == 322 || nr == 60 || nr == 231;
  }
}

}  // namespace

void Tracer::name_pids(Tracee& tracee, Bytes record) {
  sc_pid about{};
  about.head = event::head(record);
  about.head.size = sizeof about;
  about.head.flags = about.head.kind == SC_CALL ? SC_PID_AT_EXIT : 0;
  about.head.kind = SC_PID;
  const auto tell = [&](const sc_pid& name) {
    outlet_.deliver_within(tracee, std::as_bytes(std::span(&name, 1)));
  };
  sc_pid self = about;
  self.head.flags = SC_PID_SELF;
  if (pid_names_.describe(self)) tell(self);
  numbers_.clear();
  request_.pids->find(record, numbers_);
  for (const std::int32_t number : numbers_) {
    if (number == 0 || number == -1 || number == INT32_MIN) continue;  // nobody, everybody
    sc_pid named = about;
    named.number = number < 0 ? -number : number;  // -1234: the process group
    if (pid_names_.describe(named)) tell(named);
  }
}

// As it stands, at its entry or at its exit.
void Tracer::name_call_pids(Tracee& tracee, sc_kind kind) {
  tracee.record.head().kind = static_cast<sc_u16>(kind);
  name_pids(tracee, tracee.record.finish());
  tracee.record.head().kind = SC_CALL;
}

// The stack of a call that does not come back to its caller is read as it begins, and told where it
// ends.
void Tracer::read_stack_at_entry(Tracee& tracee) {
  const sc_call& call = tracee.record.call();
  if (leaves_its_caller(tracee.abi, call.nr)) tracee.stack = read_stack(tracee);
}

StackReader::Stack Tracer::read_stack(const Tracee& tracee) {
  DwarfRegisters registers;
  if (request::registers(tracee.tid, registers) != 0) return {};
  return request_.stacks->read(tracee.pid, tracee.tid, registers);
}

void Tracer::deliver_stack(Tracee& tracee) {
  const StackReader::Stack stack =
      tracee.stack ? std::move(*std::exchange(tracee.stack, {})) : read_stack(tracee);
  if (stack.frames.empty()) return;
  sc_stack& record = start_record<sc_stack>(SC_STACK, tracee);
  record.frames = static_cast<sc_u32>(stack.frames.size());
  record.more = stack.more ? 1 : 0;
  for (const StackReader::Frame& frame : stack.frames) {
    const sc_frame fixed = {
        .pc = frame.pc,
        .offset = frame.offset,
        .module_offset = frame.module_offset,
        .module_size = static_cast<sc_u32>(frame.module.size()),
        .function_size = static_cast<sc_u32>(frame.function.size()),
        .source_size = static_cast<sc_u32>(frame.source.size()),
        .line = frame.line,
    };
    scratch_.append(std::as_bytes(std::span(&fixed, 1)));
    scratch_.append(as_bytes(frame.module + frame.function + frame.source));
  }
  outlet_.deliver(scratch_.finish());
}

}  // namespace syscope::capture::ptrace
