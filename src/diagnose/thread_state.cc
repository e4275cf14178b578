#include "diagnose/thread_state.h"

#include <elf.h>
#include <fmt/format.h>

#include "diagnose/calls.h"

namespace syscope::diagnose {
namespace {

namespace proc = capture::proc;

// The 32-bit ABI of x86-64 shows itself in the address of the code: all of it lies below 4 GiB, and so
// does the stack. Position-independent 64-bit programs never have their stack there.
bool looks_32_bit(const proc::InFlightCall& call) {
  return sizeof(void*) == 8 && call.stack_pointer != 0 && (call.stack_pointer >> 32) == 0 &&
         (call.instruction_pointer >> 32) == 0;
}

}  // namespace

long ThreadState::call() const {
  const bool inside = call_readable && in_flight.state == proc::InFlightCall::State::inside;
  return inside && !compat ? in_flight.number : -1;
}

std::string ThreadState::call_text() const {
  if (!call_readable || in_flight.state != proc::InFlightCall::State::inside) return {};
  if (compat) return fmt::format("32-bit system call {}", in_flight.number);
  const BlockingCall* known = blocking_call(in_flight.number);
  if (known == nullptr) return fmt::format("system call {}", in_flight.number);
  if (known->first != FirstArgument::descriptor) return std::string(known->name);
  return fmt::format("{}({})", known->name, static_cast<int>(in_flight.args[0]));
}

std::optional<ThreadState> read_thread_state(const proc::Root& root, ThreadId id) {
  ThreadState state;
  state.id = id;
  auto info = proc::read_thread(root, id.pid, id.tid);
  if (!info) return {};
  state.info = std::move(*info);
  if (auto call = proc::read_in_flight_call(root, id.pid, id.tid)) {
    state.call_readable = true;
    state.in_flight = *call;
    state.compat = looks_32_bit(*call);
  }
  return state;
}

}  // namespace syscope::diagnose
