#include "present/line_prefix.h"

namespace syscope::present {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

void append_fraction(std::uint64_t nanoseconds, SecondsPrecision precision, TextBuffer& out) {
  const unsigned digits = 3 * static_cast<unsigned>(precision);
  if (digits == 0) return;
  constexpr std::uint64_t divisors[] = {second, 1'000'000, 1'000, 1};
  out.append('.');
  out.append_padded(nanoseconds / divisors[static_cast<unsigned>(precision)], digits);
}

// Right-aligned in at least `width` columns.
void append_aligned(std::uint64_t value, std::size_t width, TextBuffer& out) {
  char digit[24];
  const auto end = std::to_chars(digit, digit + sizeof digit, value).ptr;
  const auto count = static_cast<std::size_t>(end - digit);
  if (count < width) out.append_repeated(' ', width - count);
  out.append(std::string_view(digit, count));
}

void append_pid(std::uint32_t tid, bool column, const PidWriter& pids, TextBuffer& out) {
  if (!column) {
    out.append("[pid ");
    append_aligned(tid, 5, out);
    pids.write_self(tid, out);
    return out.append("] ");
  }
  const std::size_t start = out.size();
  out.append_decimal(tid);
  pids.write_self(tid, out);
  if (out.size() - start < 5) out.append_repeated(' ', 5 - (out.size() - start));
  out.append(' ');
}

}  // namespace

void append_seconds(std::uint64_t nanoseconds, SecondsPrecision precision, TextBuffer& out) {
  out.append_decimal(nanoseconds / second);
  append_fraction(nanoseconds % second, precision, out);
}

void LinePrefix::write_clock(std::uint64_t time, TextBuffer& out) {
  const std::uint64_t now = time + static_cast<std::uint64_t>(realtime_offset_);
  if (style_.clock == Clock::unix_time) {
    out.append_decimal(now / second);
  } else {
    const auto seconds = static_cast<std::time_t>(now / second);
    if (seconds != day_second_) {
      std::tm parts{};
      localtime_r(&seconds, &parts);
      std::strftime(day_text_, sizeof day_text_, "%H:%M:%S", &parts);
      day_second_ = seconds;
    }
    out.append(std::string_view(day_text_, 8));
  }
  append_fraction(now % second, style_.clock_precision, out);
  out.append(' ');
}

void LinePrefix::write_relative(std::uint64_t time, TextBuffer& out) {
  const std::uint64_t passed = last_time_ == 0 || time < last_time_ ? 0 : time - last_time_;
  last_time_ = time;
  const bool behind_clock = style_.clock != Clock::none;
  if (behind_clock) out.append("(+");
  append_aligned(passed / second, 6, out);
  append_fraction(passed % second, style_.relative_precision, out);
  out.append(behind_clock ? ") " : " ");
}

void LinePrefix::write(std::uint32_t tid, bool several, std::uint64_t time,
                       const LineContext& context, bool has_ip, const PidWriter& pids,
                       TextBuffer& out) {
  if (!style_.no_pid && (style_.pid_column || several)) {
    append_pid(tid, style_.pid_column, pids, out);
  }
  if (style_.clock != Clock::none) write_clock(time, out);
  if (style_.relative) write_relative(time, out);
  if (style_.call_numbers) {
    out.append('[');
    if (context.has_number) {
      append_aligned(context.number, 4, out);
    } else {
      out.append("????");
    }
    out.append("] ");
  }
  if (style_.instruction_pointers) {
    const unsigned digits = context.word_size * 2;
    out.append('[');
    if (has_ip) {
      out.append_padded(context.ip, digits, 16);
    } else {
      out.append_repeated('?', digits);
    }
    out.append("] ");
  }
}

}  // namespace syscope::present
