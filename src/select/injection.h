// What `-e inject=` and `-e fault=` ask for: calls to tamper with, and how.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "select/call_set.h"

namespace syscope::select {

// Which of a thread's calls: from `first` to `last`, every `step`th of them.
struct Occasions {
  std::uint32_t first = 1;
  std::uint32_t last = UINT32_MAX;
  std::uint32_t step = 1;
};

struct Injection {
  CallSet calls;
  std::optional<int> error;            // errno instead of the call
  std::optional<std::int64_t> result;  // result instead of the call
  std::optional<int> signal;           // sent at the entry
  std::string replacement;             // call without arguments to make instead
  std::chrono::nanoseconds delay_at_entry{0};
  std::chrono::nanoseconds delay_at_exit{0};
  std::string poke_at_entry;  // @argN=HEX,...
  std::string poke_at_exit;
  Occasions when;
};

// `SET[:error=E|:retval=V][:signal=S][:syscall=NAME][:delay_enter=T][:delay_exit=T][:poke_enter=..]
// [:poke_exit=..][:when=FIRST[..LAST][+[STEP]]]`. `kind` is inject or fault: a fault without an
// error is ENOSYS, and takes error and when only. Errors: "invalid KIND argument '...'".
[[nodiscard]] Result<Injection> parse_injection(std::string_view text, std::string_view kind);

}  // namespace syscope::select
