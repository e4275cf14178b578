// Fatal signals while a trace runs: noted instead of obeyed, so that the traced can be let go
// first.
#pragma once

#include "app/trace_options.h"

namespace syscope::app {

// Decides what HUP, INT, QUIT and TERM do from now on: end the trace or nothing, as -I says.
// SIGPIPE is ignored: writes tell. Call it after the command was started, which inherits what is
// set. signal(7)
void catch_interrupts(Interruptible when, bool output_and_command);

// The signal that came, 0 if none did.
[[nodiscard]] int pending_interrupt();

// Ends this process by `signal`, as it would have ended by default, without a core file. Returns
// only if that is impossible.
void die_by(int signal);

}  // namespace syscope::app
