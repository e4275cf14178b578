#include "diagnose/python_stack.h"

#include <gtest/gtest.h>

namespace syscope::diagnose {
namespace {

using namespace std::string_view_literals;

TEST(LineOfInstruction, FollowsEveryFormOfEntry) {
  // One unit on the first line (one-line form), two units two lines further (short form 12), one unit
  // without a location, one unit three lines back (no columns, signed 3 as 7).
  constexpr auto table = "\xd8\x01\x02\xe1\x01\x02\xf8\xe8\x07"sv;
  EXPECT_EQ(line_of_instruction(table, 10, 0), 11);
  EXPECT_EQ(line_of_instruction(table, 10, 1), 13);
  EXPECT_EQ(line_of_instruction(table, 10, 2), 13);
  EXPECT_EQ(line_of_instruction(table, 10, 3), 0);
  EXPECT_EQ(line_of_instruction(table, 10, 4), 10);
  EXPECT_EQ(line_of_instruction(table, 10, 5), 0) << "behind the end";
}

TEST(LineOfInstruction, EndsOnRubbish) {
  EXPECT_EQ(line_of_instruction(""sv, 1, 0), 0);
  EXPECT_EQ(line_of_instruction("\xff\xff\xff\xff"sv, 1, 100), 0);
  EXPECT_EQ(line_of_instruction("\x00\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f"sv, 1, 100), 0);
}

}  // namespace
}  // namespace syscope::diagnose
