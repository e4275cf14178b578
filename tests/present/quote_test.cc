#include "present/quote.h"

#include <gtest/gtest.h>

#include <string>

namespace syscope::present {
namespace {

using namespace std::string_view_literals;

std::string quoted(std::string_view text, HexStrings hex = HexStrings::none, bool more = false) {
  TextBuffer out;
  append_quoted(as_bytes(text), more, hex, out);
  return std::string(out.view());
}

// Expectations are what strace 6.1 prints for the same bytes.
TEST(Quote, Escapes) {
  EXPECT_EQ(quoted("a\n\t\"\\\0"
                   "011\001a\0\3777 \177\033\r\f\v\a\b'\0"sv),
            R"("a\n\t\"\\\000011\1a\0\3777 \177\33\r\f\v\7\10'\0")");
  EXPECT_EQ(quoted("\0019"), R"("\19")");
  EXPECT_EQ(quoted("\0017"), R"("\0017")");
  EXPECT_EQ(quoted("\001x"), R"("\1x")");
  EXPECT_EQ(quoted("caf\303\251"), R"("caf\303\251")");
  EXPECT_EQ(quoted(""), R"("")");
  EXPECT_EQ(quoted("abc", HexStrings::none, true), R"("abc"...)");
}

TEST(Quote, Hex) {
  EXPECT_EQ(quoted("abc\n", HexStrings::non_ascii), R"("abc\n")");
  EXPECT_EQ(quoted("ab\001", HexStrings::non_ascii), R"("\x61\x62\x01")");
  EXPECT_EQ(quoted("a\n", HexStrings::all), R"("\x61\x0a")");
  EXPECT_EQ(quoted("a\n\001"
                   "1",
                   HexStrings::non_ascii_chars),
            R"("a\n\x011")");
}

TEST(Quote, NothingReachesATerminalUnescaped) {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  for (const HexStrings hex :
       {HexStrings::none, HexStrings::non_ascii_chars, HexStrings::non_ascii, HexStrings::all}) {
    for (const char c : quoted(every, hex)) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
    TextBuffer out;
    append_escaped(as_bytes(every), '>', hex, out);
    for (const char c : out.view()) EXPECT_TRUE(c >= 0x20 && c < 0x7f && c != '>');
  }
}

}  // namespace
}  // namespace syscope::present
