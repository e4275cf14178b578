// Where a thread is right now, from /proc, without disturbing it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "capture/proc/process.h"
#include "capture/proc/root.h"
#include "capture/proc/thread.h"
#include "diagnose/finding.h"

namespace syscope::diagnose {

struct ThreadState {
  ThreadId id;
  capture::proc::ProcessInfo info;       // of the thread: state letter, comm, terminal...
  bool call_readable = false;            // false: not by this user, ptrace(2)
  bool compat = false;                   // a 32-bit program on a 64-bit kernel: other call numbers
  capture::proc::InFlightCall in_flight;  // when readable

  // Whether the thread is blocked in call `number` of this machine's own ABI.
  [[nodiscard]] bool is_in(long number) const { return call() == number; }
  // The number of the call it is blocked in, -1 when none is known.
  [[nodiscard]] long call() const;
  [[nodiscard]] std::uint64_t argument(unsigned index) const { return in_flight.args[index]; }
  // The call as people write it, "read(3)": its name and, where the first argument is a descriptor,
  // that. Empty when no call is known.
  [[nodiscard]] std::string call_text() const;
};

// Reads the state of one thread; nothing when it has gone.
[[nodiscard]] std::optional<ThreadState> read_thread_state(const capture::proc::Root& root,
                                                           ThreadId id);

}  // namespace syscope::diagnose
