// One walk up the stack of a thread that is not stopped, by libdwfl.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "symbolize/modules.h"
#include "symbolize/stack.h"

namespace syscope::symbolize {

struct Step {
  std::uint64_t pc = 0;
  std::uint64_t sp = 0;
  bool is_return = false;          // pc lies behind a call
  bool has_frame_pointer = false;  // RBP is known here

  // An address inside of the call, or of what was interrupted.
  [[nodiscard]] std::uint64_t code() const { return pc - (is_return ? 1 : 0); }
};

struct Walk {
  std::vector<Step> steps;
  bool complete = false;  // the rules say that the last step is the outermost
};

// The time that one stack may take.
class Budget {
 public:
  explicit Budget(const Limits& limits);
  [[nodiscard]] bool is_spent() const;

 private:
  std::chrono::nanoseconds processor_end_;
  std::chrono::steady_clock::time_point deadline_;
};

class Unwinder {
 public:
  // `modules` outlives the unwinder.
  Unwinder(const Modules& modules, pid_t pid) : modules_(modules), pid_(pid) {}
  Unwinder(const Unwinder&) = delete;
  Unwinder& operator=(const Unwinder&) = delete;

  // At most `frames` steps. Registers that are not given are unknown: a rule that needs one of them
  // ends the walk.
  [[nodiscard]] Walk walk(pid_t tid, const Registers& registers, std::size_t frames,
                          const Budget& budget);
  // The same from an earlier moment: what the snapshot has of the memory is not read now.
  [[nodiscard]] Walk walk(const Snapshot& snapshot, std::size_t frames, const Budget& budget);

 private:
  struct Callbacks;
  [[nodiscard]] bool attach();

  const Modules& modules_;
  pid_t pid_;
  bool attached_ = false;
  const Registers* registers_ = nullptr;  // of the walk that goes on
  Bytes memory_;                          // of a snapshot, from registers_->sp on
  const Budget* budget_ = nullptr;
  std::size_t most_ = 0;
  Walk walk_;
};

}  // namespace syscope::symbolize
