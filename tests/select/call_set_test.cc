#include "select/call_set.h"

#include <gtest/gtest.h>

#include "select/filter.h"

namespace syscope::select {
namespace {

constexpr std::uint32_t nr_close = 3;
constexpr std::uint32_t nr_openat = 257;
constexpr std::uint32_t nr_openat_i386 = 295;

TEST(CallSet, NamesMeanEveryAbi) {
  const auto set = parse_calls("openat,close").value();
  EXPECT_TRUE(set.has(Abi::x86_64, nr_openat));
  EXPECT_TRUE(set.has(Abi::x86_64, nr_close));
  EXPECT_TRUE(set.has(Abi::i386, nr_openat_i386));
  EXPECT_FALSE(set.has(Abi::x86_64, 0));
  const auto one = parse_calls("openat@32").value();
  EXPECT_TRUE(one.has(Abi::i386, nr_openat_i386));
  EXPECT_FALSE(one.has(Abi::x86_64, nr_openat));
}

TEST(CallSet, ValuesOfEveryKind) {
  EXPECT_TRUE(parse_calls("3").value().has(Abi::x86_64, nr_close));
  EXPECT_TRUE(parse_calls("/^open").value().has(Abi::x86_64, nr_openat));
  EXPECT_TRUE(parse_calls("%desc").value().has(Abi::x86_64, nr_close));
  EXPECT_TRUE(parse_calls("desc").value().has(Abi::x86_64, nr_close));
  EXPECT_TRUE(parse_calls("all").value().is_all());
  EXPECT_TRUE(parse_calls("none").value().empty());
  EXPECT_TRUE(parse_calls("!none").value().is_all());
  EXPECT_TRUE(parse_calls("?nosuch").value().empty());
  EXPECT_TRUE(parse_calls(",close").value().has(Abi::x86_64, nr_close));
  const auto others = parse_calls("!close").value();
  EXPECT_FALSE(others.has(Abi::x86_64, nr_close));
  EXPECT_TRUE(others.has(Abi::x86_64, nr_openat));
  EXPECT_TRUE(others.has(Abi::x86_64, 100'000));
}

TEST(CallSet, ErrorsNameTheValue) {
  EXPECT_EQ(parse_calls("close,foo").error().what, "invalid system call 'foo'");
  EXPECT_EQ(parse_calls("%foo").error().what, "invalid system call '%foo'");
  EXPECT_EQ(parse_calls("").error().what, "invalid system call ''");
  EXPECT_EQ(parse_calls("!").error().what, "invalid system call '!'");
  EXPECT_EQ(parse_calls("100000").error().what, "invalid system call '100000'");
  EXPECT_EQ(parse_calls("/(").error().what, "regcomp: (: Unmatched ( or \\(");
}

TEST(CallSet, Wanted) {
  EXPECT_TRUE(parse_calls("all").value().wanted().everything());
  const auto wanted = parse_calls("close").value().wanted();
  EXPECT_TRUE(wanted.has(Abi::x86_64, nr_close));
  EXPECT_FALSE(wanted.has(Abi::x86_64, nr_openat));
}

TEST(Filter, Qualifiers) {
  Filter filter;
  ASSERT_TRUE(apply("close", filter));
  ASSERT_TRUE(apply("raw=openat", filter));
  ASSERT_TRUE(apply("s=INT", filter));
  ASSERT_TRUE(apply("abbrev=none", filter));
  EXPECT_FALSE(filter.calls.has(Abi::x86_64, nr_openat));
  EXPECT_TRUE(filter.detail(Abi::x86_64, nr_openat, 32).raw);
  EXPECT_FALSE(filter.detail(Abi::x86_64, nr_close, 32).abbreviate);
  EXPECT_TRUE(filter.signals.has(2));
  EXPECT_EQ(apply("foo=bar", filter).error().what, "invalid system call 'foo=bar'");
}

TEST(Filter, StatusOfACall) {
  Filter filter;
  ASSERT_TRUE(apply("status=failed,unfinished", filter));
  sc_call record = {};
  decode::DecodedCall call;
  call.record = &record;
  EXPECT_FALSE(filter.wants_status(call));
  call.failed = true;
  EXPECT_TRUE(filter.wants_status(call));
  call.failed = false;
  record.head.flags = SC_NO_RETURN;
  EXPECT_TRUE(filter.wants_status(call));
}

TEST(Filter, Injections) {
  Filter filter;
  EXPECT_EQ(apply("inject=close", filter).error().what, "invalid inject argument 'close'");
  EXPECT_EQ(apply("inject=close:error=NOPE", filter).error().what,
            "invalid inject argument 'close:error=NOPE'");
  for (const char* good :
       {"inject=close:error=EIO", "inject=close:retval=0x10:when=2+", "fault=close",
        "fault=close:error=5:when=1..3+2", "inject=close:signal=INT:delay_enter=5ms"}) {
    EXPECT_TRUE(apply(good, filter).has_value()) << good;
  }
}

}  // namespace
}  // namespace syscope::select
