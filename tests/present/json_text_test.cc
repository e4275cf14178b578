#include "present/json_text.h"

#include <gtest/gtest.h>

#include <string>

namespace syscope::present {
namespace {

using namespace std::string_view_literals;

std::string json(std::string_view text) {
  TextBuffer out;
  append_json(as_bytes(text), out);
  return std::string(out.view());
}

TEST(JsonText, Utf8) {
  EXPECT_EQ(json("caf\303\251 \360\237\230\200"), "\"caf\303\251 \360\237\230\200\"");
  EXPECT_EQ(json("a\"\\\n\t\0\033\177"sv), R"("a\"\\\n\t\u0000\u001b\u007f")");
  EXPECT_EQ(json("\302\233[31m"), R"("\u009b[31m")");
  EXPECT_EQ(json(""), "\"\"");
}

TEST(JsonText, NotUtf8) {
  EXPECT_EQ(json("\377a"), R"({"base16":"ff61"})");
  for (const char* bad :
       {"\300\200", "\355\240\200", "\364\220\200\200", "\303", "a\200", "\360\200\200\200"}) {
    EXPECT_NE(json(bad).find("base16"), std::string::npos) << bad;
  }
}

}  // namespace
}  // namespace syscope::present
