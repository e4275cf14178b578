// What `-e inject=` and `-e fault=` ask for: calls to tamper with, and how.
#pragma once

#include <string_view>

#include "base/result.h"
#include "capture/engine.h"

namespace syscope::select {

// `SET[:error=E|:retval=V][:signal=S][:syscall=NAME][:delay_enter=T][:delay_exit=T][:poke_enter=..]
// [:poke_exit=..][:when=FIRST[..LAST][+[STEP]]]`. `kind` is inject or fault: a fault without an
// error is ENOSYS, and takes error and when only. Errors: "invalid KIND argument '...'".
[[nodiscard]] Result<capture::Injection> parse_injection(std::string_view text, std::string_view kind);

}  // namespace syscope::select
