#include "diagnose/python_layout.h"

#include <bit>
#include <cstring>

namespace syscope::diagnose {
namespace {

constexpr std::uint32_t compact_ascii = 0x60;

// Which word of the description holds what.
struct Positions {
  std::size_t interpreters_head, interpreter_next, threads_head;
  std::size_t thread_next, thread_current_frame, thread_native_id;
  std::size_t frame_previous, frame_executable, frame_instruction, frame_owner;
  std::size_t code_file, code_name, code_lines, code_first_line, code_instructions;
  std::size_t bytes_size, bytes_data;
  std::size_t string_state, string_length, string_size;
};

constexpr Positions in_313{.interpreters_head = 5, .interpreter_next = 8, .threads_head = 9,
                           .thread_next = 21, .thread_current_frame = 23, .thread_native_id = 25,
                           .frame_previous = 29, .frame_executable = 30, .frame_instruction = 31,
                           .frame_owner = 33, .code_file = 35, .code_name = 36, .code_lines = 38,
                           .code_first_line = 39, .code_instructions = 43, .bytes_size = 65,
                           .bytes_data = 66, .string_state = 68, .string_length = 69,
                           .string_size = 70};
constexpr Positions in_314{.interpreters_head = 5, .interpreter_next = 8, .threads_head = 9,
                           .thread_next = 24, .thread_current_frame = 26, .thread_native_id = 28,
                           .frame_previous = 32, .frame_executable = 33, .frame_instruction = 34,
                           .frame_owner = 36, .code_file = 40, .code_name = 41, .code_lines = 43,
                           .code_first_line = 44, .code_instructions = 48, .bytes_size = 75,
                           .bytes_data = 76, .string_state = 78, .string_length = 79,
                           .string_size = 80};

PythonLayout described(std::span<const std::uint64_t> words, const Positions& at) {
  return {.runtime_interpreters = words[at.interpreters_head],
          .interpreter_next = words[at.interpreter_next],
          .interpreter_threads = words[at.threads_head],
          .thread_next = words[at.thread_next],
          .thread_native_id = words[at.thread_native_id],
          .thread_frame = words[at.thread_current_frame],
          .cframe_frame = {},
          .frame_code = words[at.frame_executable],
          .frame_previous = words[at.frame_previous],
          .frame_instruction = words[at.frame_instruction],
          .frame_owner = words[at.frame_owner],
          .code_first_line = words[at.code_first_line],
          .code_file = words[at.code_file],
          .code_name = words[at.code_name],
          .code_lines = words[at.code_lines],
          .code_instructions = words[at.code_instructions],
          .bytes_size = words[at.bytes_size],
          .bytes_data = words[at.bytes_data],
          .string_length = words[at.string_length],
          .string_state = words[at.string_state],
          .string_compact_ascii = compact_ascii,
          .string_ascii_data = words[at.string_size]};
}

constexpr PythonLayout python_311{.runtime_interpreters = 40,
                                  .interpreter_next = 0,
                                  .interpreter_threads = 16,
                                  .thread_next = 8,
                                  .thread_native_id = 160,
                                  .thread_frame = 56,
                                  .cframe_frame = 8,
                                  .frame_code = 32,
                                  .frame_previous = 48,
                                  .frame_instruction = 56,
                                  .frame_is_entry = 68,
                                  .code_first_line = 72,
                                  .code_file = 112,
                                  .code_name = 120,
                                  .code_lines = 136,
                                  .code_instructions = 184,
                                  .bytes_size = 16,
                                  .bytes_data = 32,
                                  .string_length = 16,
                                  .string_state = 32,
                                  .string_compact_ascii = compact_ascii,
                                  .string_ascii_data = 48};

constexpr PythonLayout python_312{.runtime_interpreters = 40,
                                  .interpreter_next = 0,
                                  .interpreter_threads = 72,
                                  .thread_next = 8,
                                  .thread_native_id = 144,
                                  .thread_frame = 56,
                                  .cframe_frame = 0,
                                  .frame_code = 0,
                                  .frame_previous = 8,
                                  .frame_instruction = 56,
                                  .frame_owner = 70,
                                  .code_first_line = 68,
                                  .code_file = 112,
                                  .code_name = 120,
                                  .code_lines = 136,
                                  .code_instructions = 192,
                                  .bytes_size = 16,
                                  .bytes_data = 32,
                                  .string_length = 16,
                                  .string_state = 32,
                                  .string_compact_ascii = compact_ascii,
                                  .string_ascii_data = 40};

}  // namespace

std::uint32_t PythonDebugOffsets::version(std::span<const std::uint64_t, words> runtime) {
  if (std::memcmp(runtime.data(), "xdebugpy", 8) != 0) return 0;
  return static_cast<std::uint32_t>(runtime[1] >> 16);  // PY_VERSION_HEX: 3.13.1 is 0x030d01f0
}

std::optional<PythonLayout> PythonDebugOffsets::layout(std::span<const std::uint64_t, words> runtime) {
  const bool free_threaded = runtime[2] != 0;
  if (free_threaded) return {};
  switch (version(runtime)) {
    case 0x030d: return described(runtime, in_313);
    case 0x030e: return described(runtime, in_314);
    default: return {};
  }
}

std::optional<PythonLayout> python_layout(std::uint32_t version) {
  if (version == 0x030b) return python_311;
  if (version == 0x030c) return python_312;
  return {};
}

}  // namespace syscope::diagnose
