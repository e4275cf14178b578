// A recording as an engine: what reads live records reads old ones the same way.
#pragma once

#include <memory>
#include <string>

#include "capture/engine.h"

namespace syscope::store {

// Opens a recording (a file or a pipe) and delivers its records as they were; `wait` does not
// matter to its pump(). A recording that ends in the middle of a record is followed by an SC_NOTE
// that says so; one whose bytes cannot be records makes pump() return an error, after everything
// before them. wait_status() and command_pid() are those of the recorded command, once they have
// come by.
//
// Errors: the file cannot be opened, is no recording, or is of a newer version.
[[nodiscard]] Result<std::unique_ptr<capture::Engine>> make_replay_engine(const std::string& path);

}  // namespace syscope::store
