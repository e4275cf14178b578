// The functions that a blocked or stopped thread is in, its own code's stack. A blocked one is not
// stopped for it: the kernel tells where the thread left user space, unwinding rules (.eh_frame) and
// its memory the rest.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "capture/proc/root.h"

namespace syscope::symbolize {

// What is known of a thread's registers. /proc/PID/task/TID/syscall tells the first two.
struct Registers {
  std::uint64_t pc = 0;
  std::uint64_t sp = 0;
  std::optional<std::uint64_t> frame_pointer;  // RBP
  // Of a stopped thread, rax to rip, in the order of DWARF: x86-64 System V ABI, figure 3.36.
  std::optional<std::array<std::uint64_t, 17>> all;
};

// The top of a thread's stack as it was when its registers were these: enough to find the callers
// later, while the thread has long gone on.
struct Snapshot {
  Registers registers;
  Bytes memory;  // from registers.sp upwards
};

struct Frame {
  std::uint64_t pc = 0;      // the instruction to go on with; in callers the one behind the call
  std::string function;      // demangled; empty when no symbol covers the address
  std::uint64_t offset = 0;  // of pc in the function
  std::string module;        // path of the mapped file, raw; empty when the code lies in none
  std::uint64_t module_offset = 0;  // of pc from where the file is mapped
  std::string source;               // path as the debug information has it, raw; empty without any
  int line = 0;
  bool certain = true;  // false: it rests on a frame pointer that was guessed, not proved
};

struct Stack {
  std::vector<Frame> frames;  // the innermost first
  std::string cut;            // why there may be more frames; empty when the outermost was reached
};

struct Limits {
  std::size_t frames = 64;
  std::chrono::nanoseconds processor_time = std::chrono::milliseconds(50);
  bool sources = true;  // file names and lines, where debug information can be read at once
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

// The stacks of one process. Files are opened when a frame lies in them, through the process's own
// root or its mappings, so that those of containers and deleted ones are found; never on a file
// system that may wait for a server. Debug information is taken from /usr/lib/debug by build id,
// never from a network.
class Process {
 public:
  // Reads the mappings. unsupported where the program was built without libdw; else as
  // read_mappings fails. `root` outlives the process.
  [[nodiscard]] static Result<Process> open(const capture::proc::Root& root, pid_t pid);

  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  ~Process();

  // Whether the process still has the same files mapped as when it was opened: else functions are
  // not found, or have wrong names.
  [[nodiscard]] bool is_current() const;

  // The stack of a thread of 64-bit code that stays blocked or stopped meanwhile; the caller checks
  // that it did. What cannot be found ends the stack and is said in `cut`. x86-64 System V ABI, DWARF 5
  // section 6.4.
  [[nodiscard]] Stack stack(pid_t tid, const Registers& registers, const Limits& limits = {});
  // The stack of a thread, which need not be there any more, at an earlier moment.
  [[nodiscard]] Stack stack(const Snapshot& snapshot, const Limits& limits = {});

 private:
  struct State;
  explicit Process(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace syscope::symbolize
