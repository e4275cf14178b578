// `syscope trace`: runs a command or attaches to processes, and prints their system calls.
#pragma once

#include <span>

namespace syscope::app {

[[nodiscard]] int verb_trace(std::span<char*> arguments);

// The program under the name of strace: the same in strace's manners. `arguments` is the whole
// command line; diagnostics begin with its first word.
[[nodiscard]] int verb_strace(std::span<char*> arguments);

}  // namespace syscope::app
