#include "present/line_prefix.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace syscope::present {
namespace {

std::string prefix(LinePrefix& writer, std::uint32_t tid, bool several, std::uint64_t time,
                   const LineContext& context = {}, bool has_ip = false) {
  TextBuffer out;
  const PidWriter no_names({}, HexStrings::none, nullptr);
  writer.write(tid, several, time, context, has_ip, no_names, out);
  return std::string(out.view());
}

TEST(LinePrefix, Pid) {
  LinePrefix plain({});
  EXPECT_EQ(prefix(plain, 42, false, 1), "");
  EXPECT_EQ(prefix(plain, 42, true, 1), "[pid    42] ");
  EXPECT_EQ(prefix(plain, 1234567, true, 1), "[pid 1234567] ");
  LinePrefix column({.pid_column = true});
  EXPECT_EQ(prefix(column, 42, false, 1), "42    ");
  EXPECT_EQ(prefix(column, 1234567, true, 1), "1234567 ");
}

TEST(LinePrefix, Times) {
  setenv("TZ", "UTC", 1);
  const std::uint64_t second = 1'000'000'000;
  LinePrefix clock({.clock = Clock::time_of_day});
  clock.set_realtime_offset(1795226960 * static_cast<std::int64_t>(second));
  EXPECT_EQ(prefix(clock, 1, false, second), "02:09:21 ");
  LinePrefix unix_clock(
      {.clock = Clock::unix_time, .clock_precision = SecondsPrecision::nanoseconds});
  EXPECT_EQ(prefix(unix_clock, 1, false, 2 * second + 5), "2.000000005 ");
  LinePrefix relative({.relative = true});
  EXPECT_EQ(prefix(relative, 1, false, second), "     0.000000 ");
  EXPECT_EQ(prefix(relative, 1, false, second + 1'234'567), "     0.001234 ");
  LinePrefix both({.clock = Clock::time_of_day,
                   .relative = true,
                   .relative_precision = SecondsPrecision::milliseconds});
  EXPECT_EQ(prefix(both, 1, false, second), "00:00:01 (+     0.000) ");
}

TEST(LinePrefix, NumberAndInstructionPointer) {
  LinePrefix writer({.call_numbers = true, .instruction_pointers = true});
  EXPECT_EQ(prefix(writer, 1, false, 1), "[????] [????????????????] ");
  const LineContext call{.has_number = true, .number = 62, .ip = 0x7f85bd70267};
  EXPECT_EQ(prefix(writer, 1, false, 1, call, true), "[  62] [000007f85bd70267] ");
  EXPECT_EQ(prefix(writer, 1, false, 1, call, false), "[  62] [????????????????] ");
  const LineContext compat{.has_number = true, .number = 3, .ip = 0xf7f0, .word_size = 4};
  EXPECT_EQ(prefix(writer, 1, false, 1, compat, true), "[   3] [0000f7f0] ");
}

}  // namespace
}  // namespace syscope::present
