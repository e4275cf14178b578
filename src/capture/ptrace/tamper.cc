// What injections do to a thread that is stopped at the entry or the exit of its call.
#include <sys/uio.h>

#include <algorithm>
#include <cstdio>
#include <ranges>
#include <string>

#include "capture/ptrace/tracer.h"

namespace syscope::capture::ptrace {
namespace {

using std::chrono::milliseconds;

bool is_due(const Injection& injection, std::uint32_t occasion) {
  return occasion >= injection.first && occasion <= injection.last &&
         (occasion - injection.first) % injection.step == 0;
}

// Counts the call.
const Injection* due_injection(const std::vector<Injection>& injections, Tracee& tracee, Abi abi,
                               std::uint32_t nr) {
  for (const Injection& injection : std::views::reverse(injections)) {
    if (!injection.calls.has(abi, nr)) continue;
    const std::uint64_t key = static_cast<std::uint64_t>(abi) << 32 | nr;
    return is_due(injection, ++tracee.occasions[key]) ? &injection : nullptr;
  }
  return nullptr;
}

std::uint64_t after(std::chrono::nanoseconds delay) {
  return monotonic_time() + static_cast<std::uint64_t>(delay.count());
}

}  // namespace

// Writes the bytes as far as there is memory, and tells where there is not enough of it. Returns
// flags of the record. process_vm_writev(2)
unsigned Tracer::poke_arguments(const Tracee& tracee, const std::vector<Poke>& pokes,
                                const std::uint64_t (&arguments)[6]) {
  unsigned flags = 0;
  for (const Poke& one : pokes) {
    const std::uint64_t address = arguments[one.argument];
    const iovec from{const_cast<std::byte*>(one.bytes.data()), one.bytes.size()};
    const iovec to{reinterpret_cast<void*>(address), one.bytes.size()};
    const ssize_t written = ::process_vm_writev(tracee.tid, &from, 1, &to, 1, 0);
    const std::string thread = std::to_string(tracee.tid);
    if (written <= 0) {
      note("Failed to tamper with process " + thread + ": couldn't poke");
      break;
    }
    flags |= SC_POKED;
    if (static_cast<std::size_t>(written) == one.bytes.size()) continue;
    char place[32];
    std::snprintf(place, sizeof place, "0x%llx", static_cast<unsigned long long>(address));
    note("pid:" + thread + " short write (" + std::to_string(written) + " < " +
         std::to_string(one.bytes.size()) + ") @" + place);
  }
  return flags;
}

// Returns flags of the record. To be called before the memory of the call is read.
unsigned Tracer::tamper_at_entry(Tracee& tracee, Abi abi, std::uint32_t nr,
                                 const std::uint64_t (&arguments)[6]) {
  tracee.injection = nullptr;
  if (request_.injections.empty() || tracee.launching || detaching_) return 0;
  tracee.injection = due_injection(request_.injections, tracee, abi, nr);
  if (tracee.injection == nullptr) return 0;
  const Injection& injection = *tracee.injection;
  unsigned flags = poke_arguments(tracee, injection.pokes_at_entry, arguments);
  const auto replacement = injection.replacement[static_cast<std::size_t>(abi)];
  if (injection.result || replacement) {
    const std::int64_t instead = replacement ? *replacement : -1;
    if (request::set_call_number(tracee.tid, instead) == 0) flags |= SC_INJECTED;
  }
  if (injection.delay_at_entry.count() > 0) {
    flags |= SC_DELAYED;
    tracee.held_until = after(injection.delay_at_entry);
  }
  tracee.signal_due = injection.signal;
  return flags;
}

// Returns the result that the thread will see. To be called before the memory of the call is read.
std::int64_t Tracer::tamper_at_exit(Tracee& tracee, std::int64_t result) {
  const Injection& injection = *std::exchange(tracee.injection, nullptr);
  sc_call& call = tracee.record.call();
  if ((call.head.flags & SC_INJECTED) != 0 && injection.result &&
      request::set_call_result(tracee.tid, *injection.result) == 0) {
    result = *injection.result;
  }
  std::uint64_t arguments[6];
  std::ranges::copy(call.args, arguments);
  const unsigned poked = poke_arguments(tracee, injection.pokes_at_exit, arguments);
  call.head.flags |= static_cast<sc_u8>(poked);
  if (injection.delay_at_exit.count() > 0) {
    call.head.flags |= SC_DELAYED;
    tracee.held_until = after(injection.delay_at_exit);
  }
  return result;
}

// Lets those go on whose time has come, all of them while detaching. Returns how long to wait for
// stops at most.
milliseconds Tracer::release_held(milliseconds wait) {
  const std::uint64_t now = monotonic_time();
  for (const pid_t tid : std::exchange(held_, {})) {
    Tracee* const tracee = tracees_.find(tid);
    if (tracee == nullptr || tracee->held_until == 0) continue;  // killed meanwhile
    if (detaching_ || tracee->held_until <= now) {
      tracee->held_until = 0;
      resume(*tracee, std::exchange(tracee->signal_due, 0));
      continue;
    }
    held_.push_back(tid);
    const std::uint64_t left = (tracee->held_until - now) / 1'000'000 + 1;
    wait = std::min(wait, milliseconds(left));
  }
  return wait;
}

}  // namespace syscope::capture::ptrace
