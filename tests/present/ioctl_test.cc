// Requests of ioctl(2) from record to text, with the real catalog: those that strace 6.1 does not
// know, or tells otherwise.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>

#include "decode/decode.h"
#include "present/value_text.h"
#include "tests/decode/record_builder.h"

namespace syscope::present {
namespace {

constexpr std::uint32_t nr_ioctl = 16;
constexpr std::uint64_t place = 0x1000;

template <class Word, std::size_t size>
std::string bytes_of(const std::array<Word, size>& words) {
  return {reinterpret_cast<const char*>(words.data()), size * sizeof(Word)};
}

// The third argument of a request, and what the call made of it.
std::string argument(std::uint32_t request, const std::string& before, const std::string& after,
                     std::int64_t result, ConstantStyle constants = ConstantStyle::names,
                     const decode::Options& options = {}) {
  RecordBuilder builder(nr_ioctl);
  builder.args({3, request, place, 0, 0, 0}).ret(result);
  if (!before.empty()) builder.memory(place, before, SC_AT_ENTRY);
  if (!after.empty()) builder.memory(place, after, SC_AT_EXIT);
  decode::Tape tape;
  const auto decoded = decode::decode_call(builder.record(), options, tape);
  TextBuffer out;
  TextStyle style;
  style.constants = constants;
  const ValueWriter writer(style);
  for (std::uint32_t at = tape[tape[0].end].end; at < decoded.arguments_end; at = tape[at].end) {
    if (tape[at].joined) out.append(" => ");
    writer.write(tape, at, out);
  }
  return std::string(out.view());
}

TEST(Ioctl, MaskOfPidfdInfoTellsWhichFieldsCameBack) {
  std::array<std::uint32_t, 22> words = {};
  words[0] = 1;
  const std::string before = bytes_of(words);
  words = {1 | 2 | 64, 0, 5, 0, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 0, 1, 11};
  const std::string after = bytes_of(words);
  constexpr std::uint32_t request = 0xc058ff0b;
  EXPECT_EQ(
      argument(request, before, after, 0),
      "{mask=PIDFD_INFO_PID => PIDFD_INFO_PID|PIDFD_INFO_CREDS|PIDFD_INFO_COREDUMP_SIGNAL, "
      "pid=7, tgid=8, ppid=9, ruid=10, rgid=11, euid=12, egid=13, suid=14, sgid=15, fsuid=16, "
      "fsgid=17, coredump_signal=SIGSEGV}");
  EXPECT_EQ(argument(request, before, before, -9), "{mask=PIDFD_INFO_PID}");
}

TEST(Ioctl, ParametersOfEpollHaveATime) {
  const std::string set = bytes_of(std::array<std::uint16_t, 4>{1, 0, 2, 3});
  EXPECT_EQ(argument(0x40088a01, set, {}, -9),
            "{busy_poll_usecs=1 /* 0.000001 s */, busy_poll_budget=2, prefer_busy_poll=0x3}");
}

TEST(Ioctl, NamesOfFileSystemsEndWhereTheyAreSaidTo) {
  std::string path("\4sda12", 6);
  path.resize(129);
  EXPECT_EQ(argument(0x80811501, {}, path, 0), "{len=4, name=\"sda1\"...}");
  path[0] = 5;
  EXPECT_EQ(argument(0x80811501, {}, path, 0), "{len=5, name=\"sda12\"}");
}

TEST(Ioctl, ListsOfMemoryFilesGoOnBehindTheStruct) {
  const std::string head = bytes_of(std::array<std::uint32_t, 2>{1, 1});
  const std::string item = bytes_of(std::array<std::uint64_t, 3>{3, 0, 4096});
  EXPECT_EQ(argument(0x40087543, head + item, {}, -9),
            "{flags=UDMABUF_FLAGS_CLOEXEC, count=1, list=[{memfd=3, offset=0, size=4096}]}");
}

TEST(Ioctl, ArraysSayWhereTheirCountGoesBeyondTheRoom) {
  std::string statistics = bytes_of(std::array<std::uint64_t, 8>{1, 6, 0, 1, 2, 3, 4, 5});
  statistics.resize(1032);
  const std::string text = argument(0xc4089434, statistics, statistics, 0);
  EXPECT_NE(text.find("[BTRFS_DEV_STAT_GENERATION_ERRS]=5, ...]}"), std::string::npos) << text;
}

TEST(Ioctl, UnknownRequestsAreShownInHexadecimalWhereNothingIsAbbreviated) {
  decode::Options whole;
  whole.abbreviate = false;
  const auto text = [&](std::uint32_t request, std::string_view before, std::string_view after) {
    return argument(request, std::string(before), std::string(after), -25, ConstantStyle::names,
                    whole);
  };
  EXPECT_EQ(text(0x4002de34, "ab", "cd"), "\"\\x61\\x62\"");
  EXPECT_EQ(text(0x8002de34, {}, "cd"), "\"\\x63\\x64\"");
  EXPECT_EQ(text(0xc002de34, "ab", "cd"), "\"\\x61\\x62\" => \"\\x63\\x64\"");
  EXPECT_EQ(text(0xc002de34, "ab", "ab"), "\"\\x61\\x62\" => \"\\x61\\x62\"");
  EXPECT_EQ(text(0xc0028934, "ab", "cd"), "0x1000") << "other requests of sockets are told";
  EXPECT_EQ(argument(0xc002de34, "ab", "cd", 0), "0x1000");
}

TEST(Ioctl, NumbersOfPixelFormatsStandAloneAndWithoutNames) {
  std::array<std::uint32_t, 16> words = {1, 1};
  std::memcpy(&words[11], "JPEG", 4);
  const std::string format = bytes_of(words);
  EXPECT_NE(argument(0xc0405602, format, format, 0, ConstantStyle::verbose)
                .find("pixelformat=v4l2_fourcc('J', 'P', 'E', 'G') /* V4L2_PIX_FMT_JPEG */}"),
            std::string::npos);
  EXPECT_NE(argument(0xc0405602, format, format, 0, ConstantStyle::raw).find("=0x4745504a}"),
            std::string::npos);
}

}  // namespace
}  // namespace syscope::present
