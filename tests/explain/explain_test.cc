#include "explain/explain.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace syscope::explain {
namespace {

bool has(const std::vector<Meaning>& list, std::string_view name) {
  return std::ranges::find(list, name, &Meaning::name) != list.end();
}

TEST(Explain, SaysOfACallWhatItsArgumentsAndErrorsAre) {
  const Topics topics = look_up("openat");
  ASSERT_EQ(topics.calls.size(), 1u);
  const CallTopic& call = topics.calls[0];
  ASSERT_EQ(call.arguments.size(), 4u);
  EXPECT_EQ(call.arguments[1].words, "a path");
  EXPECT_EQ(call.arguments[2].words, "flags of open_flags");
  EXPECT_EQ(call.result, "a new descriptor, or -1");
  EXPECT_TRUE(has(call.errors, "EMFILE")) << "its own";
  EXPECT_TRUE(has(call.errors, "ENAMETOOLONG")) << "of every call with a path";
  EXPECT_TRUE(std::ranges::find(call.classes, "file") != call.classes.end());
}

TEST(Explain, DeclaresCallsAsCDoes) {
  const auto declaration = [](std::string_view call) {
    return look_up(call).calls.at(0).declaration;
  };
  EXPECT_EQ(declaration("read"), "ssize_t read(int fd, void *buf, size_t count)");
  EXPECT_EQ(declaration("openat"),
            "int openat(int dirfd, const char *pathname, int flags, mode_t mode)");
  EXPECT_EQ(declaration("getpid"), "pid_t getpid(void)");
  EXPECT_EQ(declaration("exit_group"), "void exit_group(int status)");
  EXPECT_EQ(declaration("wait4"),
            "pid_t wait4(pid_t pid, int *status, unsigned int options, struct rusage *usage)")
      << "what depends on the result, too";
  EXPECT_EQ(declaration("ioctl"), "int ioctl(int fd, unsigned int op, unsigned long argp)")
      << "in any form";
}

TEST(Explain, EveryErrorThatACallNamesIsExplainedInGeneralToo) {
  for (const char* call : {"read", "connect", "execve", "mount", "futex"}) {
    const Topics topics = look_up(call);
    ASSERT_EQ(topics.calls.size(), 1u) << call;
    for (const Meaning& meaning : topics.calls[0].errors) {
      EXPECT_FALSE(failure_words("no such call", meaning.name).empty())
          << call << " " << meaning.name;
    }
  }
}

TEST(Explain, TheCallsOwnWordsGoBeforeTheGeneralOnes) {
  EXPECT_NE(failure_words("connect", "ECONNREFUSED"), failure_words("shutdown", "ECONNREFUSED"));
  EXPECT_EQ(failure_words("connect", "EWHATEVER"), "");
}

TEST(Explain, ARequestOfIoctlNamesWhatItsArgumentIs) {
  const Topics topics = look_up("TIOCGWINSZ");
  ASSERT_EQ(topics.constants.size(), 1u);
  ASSERT_FALSE(topics.constants[0].used_by.empty());
  EXPECT_NE(topics.constants[0].used_by[0].find("struct winsize"), std::string::npos);
}

TEST(Explain, ANumberIsACallAnErrorAndASignal) {
  const Topics topics = look_up("11");
  ASSERT_EQ(topics.calls.size(), 1u);
  EXPECT_EQ(topics.calls[0].name, "munmap");
  ASSERT_EQ(topics.errors.size(), 1u);
  EXPECT_EQ(topics.errors[0].name, "EAGAIN");
  ASSERT_EQ(topics.signals.size(), 1u);
  EXPECT_EQ(topics.signals[0].name, "SIGSEGV");
}

TEST(Explain, WhatDoesNotExistGetsSuggestions) {
  EXPECT_TRUE(look_up("opennat").empty());
  const auto names = similar_names("opennat", 3);
  ASSERT_FALSE(names.empty());
  EXPECT_EQ(names[0], "openat");
  EXPECT_TRUE(look_up("99999999999999999999").empty());
  EXPECT_TRUE(look_up("").empty());
}

}  // namespace
}  // namespace syscope::explain
