// The command that `trace` runs.
#pragma once

#include "app/trace_options.h"
#include "base/result.h"
#include "capture/engine.h"

namespace syscope::app {

// The command of the options, looked up in PATH, with its environment and its user. Errors: it does
// not exist (in strace's words), the user does not exist or may not be taken. execvp(3),
// getpwnam(3)
[[nodiscard]] Result<capture::Command> make_command(const TraceOptions& options);

}  // namespace syscope::app
