// siginfo_t as a value: of signals being delivered, and of calls that hand one over. sigaction(2).
#pragma once

#include "base/bytes.h"
#include "decode/value.h"

namespace syscope::decode {

// Appends one structure named `name`. `word` is 8 for the layout of 64-bit programs, 4 for that of
// 32-bit ones. Bytes that are missing at the end leave out the members that lie there.
void add_siginfo(Tape& tape, Bytes info, unsigned word, std::string_view name);

}  // namespace syscope::decode
