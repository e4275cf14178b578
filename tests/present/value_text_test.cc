#include "present/value_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <string>

#include "present/constants.h"

namespace syscope::present {
namespace {

using catalog::Notation;
using decode::Tape;
using decode::Value;
using decode::ValueKind;

catalog::Index set_named(std::string_view name) {
  const auto sets = catalog::sets();
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (catalog::text(sets[i].name) == name) return static_cast<catalog::Index>(i);
  }
  return catalog::nothing;
}

Value number(std::uint64_t value, Notation notation, std::uint8_t width = 4,
             bool is_signed = false) {
  return {.notation = notation, .width = width, .is_signed = is_signed, .number = value};
}

std::string text_of(const Value& value, ConstantStyle style = ConstantStyle::names) {
  Tape tape;
  tape.add(value);
  TextBuffer out;
  ValueWriter({.constants = style}).write(tape, 0, out);
  return std::string(out.view());
}

std::string constant(std::string_view set, std::uint64_t value, Notation notation,
                     ConstantStyle style = ConstantStyle::names) {
  Value v = number(value, notation);
  v.set = set_named(set);
  EXPECT_NE(v.set, catalog::nothing) << set;
  return text_of(v, style);
}

// Expectations here are what strace prints.
TEST(ValueText, Numbers) {
  EXPECT_EQ(text_of(number(~std::uint64_t{0}, Notation::dec, 4, true)), "-1");
  EXPECT_EQ(text_of(number(42, Notation::hex)), "0x2a");
  EXPECT_EQ(text_of(number(0, Notation::hex)), "0");
  EXPECT_EQ(text_of(number(0, Notation::mode)), "000");
  EXPECT_EQ(text_of(number(5, Notation::mode)), "005");
  EXPECT_EQ(text_of(number(07777, Notation::mode)), "07777");
  EXPECT_EQ(text_of(number(0100644, Notation::filemode)), "S_IFREG|0644");
  EXPECT_EQ(text_of(number(041777, Notation::filemode)), "S_IFDIR|S_ISVTX|0777");
  EXPECT_EQ(text_of(number(041777, Notation::filemode), ConstantStyle::verbose),
            "041777 /* S_IFDIR|S_ISVTX|0777 */");
  EXPECT_EQ(text_of(number(0xfe00, Notation::dev, 8)), "makedev(0xfe, 0)");
  EXPECT_EQ(text_of(number(0x103, Notation::dev, 8), ConstantStyle::raw), "0x103");
  EXPECT_EQ(text_of(number(0xffffff9c, Notation::dirfd, 4, true)), "AT_FDCWD");
  EXPECT_EQ(text_of(number(0xffffff9c, Notation::dirfd, 4, true), ConstantStyle::verbose),
            "-100 /* AT_FDCWD */");
  EXPECT_EQ(text_of(number(0xffffffff, Notation::uid)), "-1");
  EXPECT_EQ(text_of(number(9, Notation::signo)), "SIGKILL");
  EXPECT_EQ(text_of(number(65, Notation::signo)), "65");
  EXPECT_EQ(text_of(number(33, Notation::signo), ConstantStyle::verbose), "33 /* SIGRT_1 */");
  EXPECT_EQ(text_of(number(80, Notation::be16, 2)), "htons(80)");
  EXPECT_EQ(text_of(number(80, Notation::be16, 2), ConstantStyle::verbose),
            "\"\\x00\\x50\" /* htons(80) */");
  EXPECT_EQ(text_of(number(0x7f000001, Notation::ip4)), "inet_addr(\"127.0.0.1\")");
  EXPECT_EQ(text_of(number(8388608, Notation::rlim64, 8)), "8192*1024");
  EXPECT_EQ(text_of(number(1536, Notation::rlim64, 8)), "1536");
  EXPECT_EQ(text_of(number(1024, Notation::rlim64, 8)), "1024");
  EXPECT_EQ(text_of(number(~std::uint64_t{0}, Notation::rlim64, 8)), "RLIM64_INFINITY");
  EXPECT_EQ(text_of(number(0x80045499, Notation::ioctl)), "_IOC(_IOC_READ, 0x54, 0x99, 0x4)");
  EXPECT_EQ(text_of(number(0x54f0, Notation::ioctl)), "_IOC(_IOC_NONE, 0x54, 0xf0, 0)");
}

TEST(ValueText, BytesThatAreNeverText) {
  Value random{.kind = ValueKind::string, .notation = Notation::hex, .more = true};
  random.bytes = as_bytes("ab\n");
  EXPECT_EQ(text_of(random), "\"\\x61\\x62\\x0a\"...");
}

TEST(ValueText, WaitStatus) {
  const auto status = [](std::uint64_t s) { return text_of(number(s, Notation::wstatus)); };
  EXPECT_EQ(status(0x300), "{WIFEXITED(s) && WEXITSTATUS(s) == 3}");
  EXPECT_EQ(status(9), "{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}");
  EXPECT_EQ(status(0x83), "{WIFSIGNALED(s) && WTERMSIG(s) == SIGQUIT && WCOREDUMP(s)}");
  EXPECT_EQ(status(0x137f), "{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}");
  EXPECT_EQ(status(0xffff), "{WIFCONTINUED(s)}");
}

TEST(ValueText, Constants) {
  EXPECT_EQ(constant("address_family", 2, Notation::symbol), "AF_INET");
  EXPECT_EQ(constant("address_family", 99, Notation::symbol), "0x63 /* AF_??? */");
  EXPECT_EQ(constant("address_family", 99, Notation::symbol, ConstantStyle::raw), "0x63");
  EXPECT_EQ(constant("address_family", 0, Notation::symbol, ConstantStyle::verbose),
            "0 /* AF_UNSPEC */");
  EXPECT_EQ(constant("open_flags", 02000000, Notation::bits), "O_RDONLY|O_CLOEXEC");
  EXPECT_EQ(constant("open_flags", 0x10000001, Notation::bits), "O_WRONLY|0x10000000");
  EXPECT_EQ(constant("open_flags", 0x42, Notation::bits, ConstantStyle::verbose),
            "0x42 /* O_RDWR|O_CREAT */");
  EXPECT_EQ(constant("msg_flags", 0, Notation::bits), "0");
  EXPECT_EQ(constant("personality", 0x4000006, Notation::bits), "PER_BSD|STICKY_TIMEOUTS");
  EXPECT_EQ(constant("personality", 0x4000006, Notation::bits, ConstantStyle::verbose),
            "0x6 /* PER_BSD */|0x4000000 /* STICKY_TIMEOUTS */");
  EXPECT_EQ(constant("personality", 0x1001f, Notation::bits), "0x1f /* PER_??? */|0x10000");
  EXPECT_EQ(constant("personality", 0x10006, Notation::bits, ConstantStyle::raw), "0x6|0x10000");
  EXPECT_EQ(constant("pid_type", 1, Notation::symbol), "0x1 /* PIDTYPE_TGID */");
  EXPECT_EQ(constant("pid_type", 1, Notation::symbol, ConstantStyle::raw), "0x1");
  EXPECT_EQ(constant("swap_flags", 0x802a, Notation::bits), "SWAP_FLAG_PREFER|42");
  EXPECT_EQ(constant("mmap_flags", 0x54000022, Notation::bits, ConstantStyle::verbose),
            "0x54000022 /* MAP_PRIVATE|MAP_ANONYMOUS|21<<MAP_HUGE_SHIFT */");
  EXPECT_EQ(constant("msg_flags", 0x01000000, Notation::bits), "0x1000000 /* MSG_??? */");
}

TEST(ValueText, TimesHaveADate) {
  setenv("TZ", "UTC", 1);
  tzset();
  const auto time = [](std::uint64_t seconds, std::uint64_t fraction, std::string_view unit) {
    Tape tape;
    const auto at = tape.open({.kind = ValueKind::structure});
    Value member = number(seconds, Notation::seconds, 8, true);
    member.name = "tv_sec";
    tape.add(member);
    member = number(fraction, Notation::nanoseconds, 8, true);
    member.name = unit;
    tape.add(member);
    tape.close(at);
    TextBuffer out;
    ValueWriter({}).write(tape, 0, out);
    return std::string(out.view());
  };
  EXPECT_EQ(time(1700000000, 5, "tv_nsec"),
            "{tv_sec=1700000000, tv_nsec=5} /* 2023-11-14T22:13:20.000000005+0000 */");
  EXPECT_EQ(time(1700000000, 5, "tv_usec"),
            "{tv_sec=1700000000, tv_usec=5} /* 2023-11-14T22:13:20.000005+0000 */");
  EXPECT_EQ(time(0, 0, "tv_nsec"), "{tv_sec=0, tv_nsec=0}");
  EXPECT_EQ(time(1, 1000000, "tv_usec"), "{tv_sec=1, tv_usec=1000000}");
  EXPECT_EQ(time(0, 0x3ffffffe, "tv_nsec"), "UTIME_OMIT");
}

TEST(ValueText, Composites) {
  Tape tape;
  Value outer{.kind = ValueKind::structure};
  const auto at = tape.open(outer);
  Value member = number(0, Notation::dec);
  member.name = "tv_sec";
  tape.add(member);
  Value change{.kind = ValueKind::change};
  change.name = "len";
  const auto changed = tape.open(change);
  tape.add(number(128, Notation::dec));
  tape.add(number(16, Notation::dec));
  tape.close(changed);
  static constexpr std::byte loopback[16] = {};
  Value address{.kind = ValueKind::string, .notation = Notation::ip6};
  address.name = "sin6_addr";
  address.bytes = loopback;
  tape.add(address);
  Value list{.kind = ValueKind::set, .negated = true};
  const auto set = tape.open(list);
  tape.add(number(32, Notation::signo));
  tape.add(number(33, Notation::signo));
  tape.close(set);
  tape.add({.kind = ValueKind::address});
  tape.add({.kind = ValueKind::ellipsis});
  tape.close(at);
  TextBuffer out;
  ValueWriter({}).write(tape, 0, out);
  EXPECT_EQ(
      out.view(),
      "{tv_sec=0, len=128 => 16, inet_pton(AF_INET6, \"::\", &sin6_addr), ~[RTMIN RT_1], NULL, "
      "...}");
}

}  // namespace
}  // namespace syscope::present
