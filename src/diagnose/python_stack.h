// The Python lines that a thread of CPython 3.11 to 3.14 is in, read from the interpreter's memory while it
// waits; nothing is stopped.
#pragma once

#include <string>
#include <vector>

#include "diagnose/python_layout.h"
#include "diagnose/scene.h"

namespace syscope::diagnose {

struct PythonFrame {
  std::string text;       // "exampledaemon.py:17 in poll_database", raw
  bool is_entry = false;  // the interpreter's C function was called for it, not for one of its callers
};

struct PythonStack {
  std::vector<PythonFrame> frames;  // the innermost first
  std::string problem;  // why there are none, where the process runs an interpreter; else empty
};

// Empty when the thread runs no Python, or its memory cannot be read.
[[nodiscard]] PythonStack python_stack(ThreadId id, Scene& scene);

// The same of an interpreter that has been found: `runtime` is the address of its _PyRuntime.
[[nodiscard]] std::vector<PythonFrame> python_frames(ThreadId id, std::uint64_t runtime,
                                                     const PythonLayout& layout, Scene& scene);

// The line of the instruction with this index (in code units) by the location table of a code object,
// whose first line is `first_line`; 0 when the table does not say. Format: Objects/locations.md of CPython.
[[nodiscard]] int line_of_instruction(std::string_view table, int first_line, std::uint64_t index);

}  // namespace syscope::diagnose
