#include "present/date_text.h"

#include <sys/stat.h>

#include <array>
#include <ctime>

namespace syscope::present {

using catalog::Notation;
using decode::Tape;
using decode::ValueKind;

namespace {

bool is_number(const Tape& tape, std::uint32_t at, Notation notation) {
  return tape[at].kind == ValueKind::number && tape[at].notation == notation;
}

// The notation of fractions does not tell their unit; the names of the structures do.
unsigned digits_of(std::string_view name) { return name.ends_with("usec") ? 6 : 9; }

std::uint64_t one_second(unsigned digits) { return digits == 6 ? 1'000'000 : 1'000'000'000; }

}  // namespace

void append_date(std::int64_t seconds, std::uint64_t fraction, unsigned digits, TextBuffer& out) {
  const std::size_t start = out.size();
  out.append(" /* ");
  if (!append_bare_date(seconds, fraction, digits, out)) return out.truncate(start);
  out.append(" */");
}

bool append_bare_date(std::int64_t seconds, std::uint64_t fraction, unsigned digits,
                      TextBuffer& out) {
  if ((seconds == 0 && fraction == 0) || fraction >= one_second(digits)) return false;
  const std::time_t time = seconds;
  std::tm parts{};
  if (localtime_r(&time, &parts) == nullptr) return false;
  std::array<char, 64> text;
  const auto append_part = [&](const char* format) {
    out.append(std::string_view(text.data(), strftime(text.data(), text.size(), format, &parts)));
  };
  append_part("%FT%T");
  if (fraction != 0) {
    out.append('.');
    out.append_padded(fraction, digits);
  }
  append_part("%z");
  return true;
}

void append_date_of_member(const Tape& tape, std::uint32_t at, std::uint32_t end, TextBuffer& out) {
  const std::uint32_t next = tape[at].end;
  const bool has_fraction = next < end && is_number(tape, next, Notation::nanoseconds);
  append_date(static_cast<std::int64_t>(tape[at].number), has_fraction ? tape[next].number : 0,
              has_fraction ? digits_of(tape[next].name) : 9, out);
}

bool is_time(const Tape& tape, std::uint32_t at) {
  return tape[at].end >= at + 3 && tells_date(tape, at + 1) &&
         is_number(tape, at + 2, Notation::nanoseconds);
}

bool tells_date(const Tape& tape, std::uint32_t at) {
  return is_number(tape, at, Notation::seconds) || is_number(tape, at, Notation::instant);
}

std::string_view special_time(const Tape& tape, std::uint32_t at) {
  if (!is_time(tape, at) || tape[at].end != at + 3 || digits_of(tape[at + 2].name) != 9) return {};
  if (tape[at + 2].number == UTIME_NOW) return "UTIME_NOW";
  if (tape[at + 2].number == UTIME_OMIT) return "UTIME_OMIT";
  return {};
}

}  // namespace syscope::present
