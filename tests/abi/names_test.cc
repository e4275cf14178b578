#include "abi/names.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

namespace syscope {
namespace {

TEST(Names, Errors) {
  EXPECT_EQ(error_name(ENOENT), "ENOENT");
  EXPECT_EQ(error_name(EWOULDBLOCK), "EAGAIN");
  EXPECT_EQ(error_name(EOPNOTSUPP), "EOPNOTSUPP");
  EXPECT_EQ(error_name(EDEADLK), "EDEADLK");
  EXPECT_EQ(error_name(512), "ERESTARTSYS");
  EXPECT_EQ(error_name(0), "");
  EXPECT_EQ(error_name(-3), "");
  EXPECT_EQ(error_name(4000), "");
  EXPECT_EQ(error_message(ENOENT), "No such file or directory");
  EXPECT_EQ(error_message(516), "Interrupted by signal");
  EXPECT_EQ(error_number("enoent"), ENOENT);
  EXPECT_EQ(error_number("ENOTSUPP"), 524);
  EXPECT_EQ(error_number(""), std::nullopt);
  EXPECT_EQ(error_number("ENOSUCH"), std::nullopt);
}

TEST(Names, Signals) {
  EXPECT_EQ(signal_name(SIGINT), "SIGINT");
  EXPECT_EQ(signal_name(SIGPOLL), "SIGIO");
  EXPECT_EQ(signal_name(SIGSYS), "SIGSYS");
  EXPECT_EQ(signal_name(32), "SIGRTMIN");
  EXPECT_EQ(signal_name(64), "SIGRT_32");
  EXPECT_EQ(signal_name(65), "");
  EXPECT_EQ(signal_name(0), "");
  EXPECT_EQ(signal_number("chld"), SIGCHLD);
  EXPECT_EQ(signal_number("SIGRT_1"), 33);
  EXPECT_EQ(signal_number("9"), std::nullopt);
  EXPECT_EQ(signal_number(""), std::nullopt);
}

}  // namespace
}  // namespace syscope
