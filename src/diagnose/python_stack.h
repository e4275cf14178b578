// The Python lines that a thread of CPython 3.11 is in, read from the interpreter's memory while it
// waits; nothing is stopped. Other versions keep other structures and give nothing.
#pragma once

#include <string>
#include <vector>

#include "diagnose/scene.h"

namespace syscope::diagnose {

struct PythonFrame {
  std::string text;       // "exampledaemon.py:17 in poll_database", raw
  bool is_entry = false;  // the interpreter's C function was called for it, not for one of its callers
};

// The innermost first. Empty when the thread runs no Python 3.11, or its memory cannot be read.
[[nodiscard]] std::vector<PythonFrame> python_stack(ThreadId id, Scene& scene);

// "3.12" where a process runs an interpreter whose frames are not known here; else empty. By the name of
// the program or library, which is all that tells.
[[nodiscard]] std::string unknown_python(pid_t pid, Scene& scene);

// The line of the instruction with this index (in code units) by the location table of a code object,
// whose first line is `first_line`; 0 when the table does not say. Format: Objects/locations.md of CPython.
[[nodiscard]] int line_of_instruction(std::string_view table, int first_line, std::uint64_t index);

}  // namespace syscope::diagnose
