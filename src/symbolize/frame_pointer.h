// The frame pointer of a thread whose registers are not known, found in its stack.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "symbolize/modules.h"

namespace syscope::symbolize {

struct FramePointer {
  std::uint64_t value = 0;
  bool proved = false;  // the call that made this frame calls the function that is in it
};

// What RBP may be in the function at `pc`, whose part of the stack begins at `sp`, the likeliest
// first. Such a function keeps its caller's RBP at RBP and its return address at RBP + 8; behind
// the call there the function's own address can be checked, unless it was called through a
// register.
[[nodiscard]] std::vector<FramePointer> frame_pointer_candidates(const Modules& modules, pid_t pid,
                                                                 std::uint64_t pc,
                                                                 std::uint64_t sp);

}  // namespace syscope::symbolize
