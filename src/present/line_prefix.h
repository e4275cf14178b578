// What stands before a line: process, time, number of the call, instruction pointer.
#pragma once

#include <cstdint>
#include <ctime>

#include "base/text_buffer.h"
#include "present/pids.h"

namespace syscope::present {

enum class SecondsPrecision : std::uint8_t { seconds, milliseconds, microseconds, nanoseconds };
enum class Clock : std::uint8_t { none, time_of_day, unix_time };

struct PrefixStyle {
  bool pid_column = false;    // `1234  ` on every line; else `[pid  1234] ` where there are several
  bool no_pid = false;        // neither
  Clock clock = Clock::none;  // -t
  SecondsPrecision clock_precision = SecondsPrecision::seconds;
  bool relative = false;  // -r: since the line before
  SecondsPrecision relative_precision = SecondsPrecision::microseconds;
  bool call_numbers = false;          // -n
  bool instruction_pointers = false;  // -i
};

// Of the thread that the line is about: its last call.
struct LineContext {
  bool has_number = false;
  std::uint32_t number = 0;
  std::uint64_t ip = 0;
  unsigned word_size = 8;
};

// Seconds with as many decimals as asked for: 0.000123; truncated.
void append_seconds(std::uint64_t nanoseconds, SecondsPrecision precision, TextBuffer& out);

class LinePrefix {
 public:
  explicit LinePrefix(const PrefixStyle& style) : style_(style) {}

  // ns to add to the time of a record for the time of day. clock_gettime(2)
  void set_realtime_offset(std::int64_t offset) { realtime_offset_ = offset; }

  // `several`: more than one thread is traced. `time`: ns of CLOCK_MONOTONIC. `pids` writes the
  // thread's name.
  void write(std::uint32_t tid, bool several, std::uint64_t time, const LineContext& context,
             bool has_ip, const PidWriter& pids, TextBuffer& out);

 private:
  void write_clock(std::uint64_t time, TextBuffer& out);
  void write_relative(std::uint64_t time, TextBuffer& out);

  PrefixStyle style_;
  std::int64_t realtime_offset_ = 0;
  std::uint64_t last_time_ = 0;  // of the line before; 0: there was none
  std::time_t day_second_ = -1;  // the second that `day_text_` shows
  char day_text_[9] = {};
};

}  // namespace syscope::present
