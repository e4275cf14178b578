// Records to values: the catalog's types, interpreted over the memory that a record holds.
// Everything here is a pure function of its arguments; any bytes are safe, and none of it touches a
// traced process.
#pragma once

#include "base/bytes.h"
#include "decode/value.h"
#include "event/record.h"

namespace syscope::decode {

// How much of a call is wanted. The engine's limit for strings must be at least `string_limit`,
// else strings end where the record ends.
struct Options {
  std::uint32_t string_limit = 32;  // -s: bytes of a string, and elements of an abbreviated array
  bool abbreviate = true;  // -e abbrev: the marked members of structures only, counts of variables
  bool verbose = true;     // -e verbose: what structures hold; else their addresses
  bool raw = false;        // -e raw: arguments and result as plain hexadecimal numbers
};

// Decodes an SC_ENTER or SC_CALL record: clears the tape and fills it. Of a call that has not
// returned only the arguments that count at its entry are decoded, to the same values as those of
// the finished call. A record too short for its kind gives no name and no values. Views in the
// result and on the tape live as long as the record and until the tape is cleared.
[[nodiscard]] DecodedCall decode_call(Bytes record, const Options& options, Tape& tape);

// A signal about to be delivered: what sigaction(2) describes as siginfo_t stands on the tape as
// one structure, or nothing does where it could not be read.
struct DecodedSignal {
  const sc_signal* record = nullptr;  // null: the record was too short
  int signo = 0;
  bool has_info = false;  // the structure stands at position 0
};
[[nodiscard]] DecodedSignal decode_signal(Bytes record, Tape& tape);

}  // namespace syscope::decode
