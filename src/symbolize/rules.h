// What the unwinding rules of a file say about one address.
#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>

namespace syscope::symbolize {

// How the caller of the code at an address is found.
enum class CallerRule : std::uint8_t {
  none,              // nobody called it: the outermost function of a thread
  by_frame_pointer,  // from RBP
  otherwise,         // from the stack pointer, or in a rarer way
  unknown,           // no rules cover it, or its file could not be opened
};
[[nodiscard]] CallerRule caller_rule(Dwfl* dwfl, std::uint64_t code);

}  // namespace syscope::symbolize
