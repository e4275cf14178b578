// The system calls in which a thread can wait, by number.
#pragma once

#include <string_view>

namespace syscope::diagnose {

// What the first argument of a blocking call is.
enum class FirstArgument : unsigned char { other, descriptor };

struct BlockingCall {
  long number;
  std::string_view name;
  FirstArgument first;
};

// The entry for a call of this machine's own ABI; null for calls in which nobody waits long.
[[nodiscard]] const BlockingCall* blocking_call(long number);

}  // namespace syscope::diagnose
