#include "base/text_buffer.h"

#include <gtest/gtest.h>

#include <limits>

namespace syscope {
namespace {

TEST(TextBuffer, WritesNumbersAsStraceDoes) {
  TextBuffer text;
  text.append_hex(0);
  text.append(' ');
  text.append_hex(0x1f);
  text.append(' ');
  text.append_octal(0);
  text.append(' ');
  text.append_octal(0644);
  text.append(' ');
  text.append_signed(std::numeric_limits<std::int64_t>::min());
  text.append(' ');
  text.append_padded(7, 3);
  EXPECT_EQ(text.view(), "0 0x1f 0 0644 -9223372036854775808 007");
}

TEST(TextBuffer, KeepsItsTextWhenItGrows) {
  TextBuffer text;
  for (int i = 0; i < 5000; ++i) text.append("abc");
  EXPECT_EQ(text.size(), 15000u);
  EXPECT_EQ(text.view().substr(14997), "abc");
  text.truncate(2);
  EXPECT_EQ(text.view(), "ab");
}

}  // namespace
}  // namespace syscope
