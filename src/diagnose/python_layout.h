// Where CPython keeps what tells a thread's Python lines: the offsets of a few fields of its internal
// structures, by version.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace syscope::diagnose {

// In bytes, on 64-bit machines.
struct PythonLayout {
  std::uint64_t runtime_interpreters = 0;  // _PyRuntimeState.interpreters.head
  std::uint64_t interpreter_next = 0;      // PyInterpreterState.next
  std::uint64_t interpreter_threads = 0;   // PyInterpreterState.threads.head
  std::uint64_t thread_next = 0;           // PyThreadState
  std::uint64_t thread_native_id = 0;
  std::uint64_t thread_frame = 0;  // the current frame, or the _PyCFrame that points to it
  std::optional<std::uint64_t> cframe_frame;
  std::uint64_t frame_code = 0;  // _PyInterpreterFrame
  std::uint64_t frame_previous = 0;
  std::uint64_t frame_instruction = 0;
  std::uint64_t frame_owner = 0;     // from 3.12 on; says that a frame is the interpreter's own
  std::uint64_t frame_is_entry = 0;  // before 3.12: the interpreter was called for this frame
  std::uint64_t code_first_line = 0;  // PyCodeObject
  std::uint64_t code_file = 0;
  std::uint64_t code_name = 0;
  std::uint64_t code_lines = 0;
  std::uint64_t code_instructions = 0;
  std::uint64_t bytes_size = 0;
  std::uint64_t bytes_data = 0;
  std::uint64_t string_length = 0;
  std::uint64_t string_state = 0;
  std::uint32_t string_compact_ascii = 0;  // both bits of the state
  std::uint64_t string_ascii_data = 0;

  // Before 3.12 a frame said itself that the interpreter was entered with it; since then such a frame is
  // called by one that is the interpreter's own and has no lines.
  [[nodiscard]] bool has_own_frames() const { return frame_owner != 0; }
};

// The first words of `_PyRuntime`: from 3.13 on they describe the structures, which is meant for
// debuggers. Include/internal/pycore_debug_offsets.h of CPython.
struct PythonDebugOffsets {
  static constexpr std::size_t words = 96;  // as many as any known version needs

  // "3.13" as 0x030d, whether the words were understood or not; 0 when they are something else.
  static std::uint32_t version(std::span<const std::uint64_t, words> runtime);
  // Nothing for versions that are not known, and for builds without the global lock, which keep more
  // than one copy of a function's instructions.
  static std::optional<PythonLayout> layout(std::span<const std::uint64_t, words> runtime);
};

// Versions that do not describe themselves: 0x030b and 0x030c, from CPython's headers. Nothing for others.
[[nodiscard]] std::optional<PythonLayout> python_layout(std::uint32_t version);

}  // namespace syscope::diagnose
