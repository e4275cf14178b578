// Times that stand in structures, followed by their date.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/text_buffer.h"
#include "decode/value.h"

namespace syscope::present {

// Writes the date of a time since 1970 in the time zone of this process as a comment:
// ` /* 2023-11-14T22:13:20.5+0000 */`, with as many digits of the fraction as `digits`, or without
// one if `fraction` is 0. Nothing for the time 0, for a fraction of a second or more, and for years
// that localtime_r(3) does not know.
void append_date(std::int64_t seconds, std::uint64_t fraction, unsigned digits, TextBuffer& out);

// The same without the comment around it; says whether there was a date.
bool append_bare_date(std::int64_t seconds, std::uint64_t fraction, unsigned digits,
                      TextBuffer& out);

// The date behind the number at `at`, a count of seconds among the members of a structure; the
// fraction is in the number that follows, if that has the notation for it.
void append_date_of_member(const decode::Tape& tape, std::uint32_t at, std::uint32_t end,
                           TextBuffer& out);

// Whether the value at `at` is a count of seconds that stands for a date.
[[nodiscard]] bool tells_date(const decode::Tape& tape, std::uint32_t at);

// Whether the structure at `at` is a time: {tv_sec=1, tv_nsec=2}, behind which something reserved
// may stand.
[[nodiscard]] bool is_time(const decode::Tape& tape, std::uint32_t at);

// The name of a time that utimensat(2) takes for something else, UTIME_NOW or UTIME_OMIT; empty for
// all others.
[[nodiscard]] std::string_view special_time(const decode::Tape& tape, std::uint32_t at);

}  // namespace syscope::present
