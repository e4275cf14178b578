// What injections do to a thread that is stopped at the entry or the exit of its call.
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ranges>
#include <string>

#include "base/fd.h"
#include "capture/ptrace/tracer.h"
#include "catalog/find.h"

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

struct ArgumentCount {
  std::string_view call;
  unsigned count = 6;
};

// Those of a call that the catalog does not know are six.
ArgumentCount argument_count(Abi abi, std::uint32_t nr, const std::uint64_t (&arguments)[6]) {
  const catalog::Tables& tables = catalog::tables(abi);
  const catalog::Call* const call = catalog::find_call(tables, nr);
  if (call == nullptr) return {};
  ArgumentCount found{catalog::text(call->name), 0};
  const catalog::Prototype& prototype = catalog::find_prototype(tables, *call, arguments);
  for (const catalog::Param& param :
       tables.params.subspan(prototype.first_param, prototype.param_count)) {
    found.count = std::max(found.count, param.argument + 1u);
  }
  return found;
}

// Returns how many bytes could be written. process_vm_writev(2); the tracer may write through
// /proc/PID/mem where that call is refused.
std::size_t write_memory(pid_t tid, std::uint64_t address, std::span<const std::byte> bytes) {
  const iovec from{const_cast<std::byte*>(bytes.data()), bytes.size()};
  const iovec to{reinterpret_cast<void*>(address), bytes.size()};
  ssize_t written = ::process_vm_writev(tid, &from, 1, &to, 1, 0);
  if (written < 0 && (errno == ENOSYS || errno == EPERM)) {
    const Fd memory(::open(("/proc/" + std::to_string(tid) + "/mem").c_str(), O_WRONLY | O_CLOEXEC));
    written = ::pwrite(memory.get(), bytes.data(), bytes.size(), static_cast<off_t>(address));
  }
  return written > 0 ? static_cast<std::size_t>(written) : 0;
}

std::uint64_t after(std::chrono::nanoseconds delay) {
  return monotonic_time() + static_cast<std::uint64_t>(delay.count());
}

}  // namespace

// Writes the bytes as far as there is memory, and tells where there is not enough of it, or where
// the call has no such argument. Returns flags of the record.
unsigned Tracer::poke_arguments(const Tracee& tracee, Abi abi, std::uint32_t nr,
                                const std::vector<Poke>& pokes,
                                const std::uint64_t (&arguments)[6]) {
  unsigned flags = 0;
  const std::string thread = std::to_string(tracee.tid);
  const std::string failure = "Failed to tamper with process " + thread + ": ";
  for (const Poke& one : pokes) {
    const ArgumentCount has = argument_count(abi, nr, arguments);
    if (one.argument >= has.count) {
      note(failure + "requested to tamper with argument #" + std::to_string(one.argument + 1) +
           ", but system call '" + std::string(has.call) + "' has only " +
           std::to_string(has.count) + " arguments");
      break;
    }
    const std::uint64_t address = arguments[one.argument];
    const std::size_t written = write_memory(tracee.tid, address, one.bytes);
    if (written == 0) {
      note(failure + "couldn't poke");
      break;
    }
    flags |= SC_POKED;
    if (written == one.bytes.size()) continue;
    note("pid:" + thread + " short write (" + std::to_string(written) + " < " +
         std::to_string(one.bytes.size()) + ") @" + hexadecimal(address));
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
  unsigned flags = poke_arguments(tracee, abi, nr, injection.pokes_at_entry, arguments);
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
    if (injection.is_success) call.head.flags |= SC_NO_ERROR;
  }
  std::uint64_t arguments[6];
  std::ranges::copy(call.args, arguments);
  const unsigned poked = poke_arguments(tracee, static_cast<Abi>(call.head.abi), call.nr,
                                        injection.pokes_at_exit, arguments);
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
