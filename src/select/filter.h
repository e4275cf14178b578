// Which calls and signals to show, and how much of each: what -e says, as one value.
#pragma once

#include <vector>

#include "capture/engine.h"
#include "decode/decode.h"
#include "select/call_set.h"
#include "select/file_filter.h"
#include "select/number_set.h"

namespace syscope::select {

// A call with everything that its record holds.
[[nodiscard]] inline decode::Options full_detail(std::uint32_t string_limit) {
  return {.string_limit = string_limit, .abbreviate = false, .verbose = true, .raw = false};
}

struct Filter {
  CallSet calls = CallSet::all();         // -e trace
  CallSet abbreviated = CallSet::all();   // -e abbrev
  CallSet verbose = CallSet::all();       // -e verbose
  CallSet raw;                            // -e raw
  NumberSet signals = NumberSet::all();   // -e signal
  NumberSet statuses = NumberSet::all();  // -e status
  NumberSet quiet;                        // -e quiet
  NumberSet read_dumps;                   // -e read
  NumberSet write_dumps;                  // -e write
  NumberSet descriptor_details;           // -e decode-fds
  NumberSet pid_details;                  // -e decode-pids
  NumberSet security_contexts;            // -e secontext
  FileFilter files;                       // -P, -e trace-fds

  std::vector<capture::Injection> injections;  // -e inject, -e fault

  [[nodiscard]] bool shows(Message message) const {
    return !quiet.has(static_cast<std::uint32_t>(message));
  }
  [[nodiscard]] bool tells(PidDetail detail) const {
    return pid_details.has(static_cast<std::uint32_t>(detail));
  }
  // Whether every call is shown whatever its end, so that its beginning may be shown at once.
  [[nodiscard]] bool any_status() const { return statuses.is_all(); }
  // Of a finished call.
  [[nodiscard]] bool wants_status(const decode::DecodedCall& call) const;
  // How to decode a call: everything but the string limit.
  [[nodiscard]] decode::Options detail(Abi abi, std::uint32_t nr,
                                       std::uint32_t string_limit) const {
    return {.string_limit = string_limit,
            .abbreviate = abbreviated.has(abi, nr),
            .verbose = verbose.has(abi, nr),
            .raw = raw.has(abi, nr)};
  }
};

// Takes one expression `[QUALIFIER=]VALUE` as -e gets it into the filter; the qualifier is trace
// where none stands. Errors: a bad value.
[[nodiscard]] Result<void> apply(std::string_view expression, Filter& filter);

}  // namespace syscope::select
