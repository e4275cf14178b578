#include "select/number_set.h"

#include <gtest/gtest.h>

#include <csignal>

namespace syscope::select {
namespace {

TEST(NumberSet, Signals) {
  const auto some = parse_signals("INT,SIGTERM,rt_1,9").value();
  for (const int signal : {SIGINT, SIGTERM, 33, SIGKILL}) EXPECT_TRUE(some.has(signal)) << signal;
  EXPECT_FALSE(some.has(SIGHUP));
  const auto others = parse_signals("!SIGCHLD").value();
  EXPECT_FALSE(others.has(SIGCHLD));
  EXPECT_TRUE(others.has(SIGHUP));
  EXPECT_TRUE(parse_signals("none").value().empty());
  EXPECT_TRUE(parse_signals("all").value().is_all());
  EXPECT_TRUE(parse_signals("!all").value().empty());
  EXPECT_TRUE(parse_signals("!none").value().is_all());
}

TEST(NumberSet, ErrorsNameTheValue) {
  EXPECT_EQ(parse_signals("INT,FOO").error().what, "invalid signal 'FOO'");
  EXPECT_EQ(parse_signals("").error().what, "invalid signal ''");
  EXPECT_EQ(parse_descriptors("3,x").error().what, "invalid descriptor 'x'");
  EXPECT_EQ(parse_descriptors("-1").error().what, "invalid descriptor '-1'");
  EXPECT_EQ(parse_statuses("x").error().what, "invalid status 'x'");
  EXPECT_EQ(parse_messages("x").error().what, "invalid quiet 'x'");
  EXPECT_EQ(parse_descriptor_details("x").error().what, "invalid decode-fds 'x'");
  EXPECT_EQ(parse_signals("INT,FOO").error().cause, Cause::usage);
}

TEST(Duration, HasAUnitAFractionAndAnExponent) {
  using namespace std::chrono_literals;
  EXPECT_EQ(duration("8e5"), 800ms);
  EXPECT_EQ(duration("1.6s"), 1600ms);
  EXPECT_EQ(duration("+.5ms"), 500us);
  EXPECT_EQ(duration("7ns"), 7ns);
  for (const char* bad : {"", "s", "-1", "1m", "1 s", "nan", "inf", "1e300"}) {
    EXPECT_EQ(duration(bad), std::nullopt) << bad;
  }
}

TEST(Descriptors, EndWhereAnIntEnds) {
  EXPECT_TRUE(parse_descriptors("2147483647")->has(2147483647));
  EXPECT_FALSE(parse_descriptors("2147483648").has_value());
}

}  // namespace
}  // namespace syscope::select
