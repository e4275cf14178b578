#include <gtest/gtest.h>

#include <string>

#include "present/tables/json_line.h"
#include "present/tables/table.h"
#include "present/tables/terminal_text.h"

namespace syscope::present {
namespace {

std::string harmless(std::string_view raw) {
  TextBuffer text;
  append_harmless(text, raw);
  return std::string(text.view());
}

TEST(HarmlessText, NothingMovesACursor) {
  EXPECT_EQ(harmless("a\nb\tc\x1b[2J\x7f"), "a\\nb\\tc\\x1b[2J\\x7f");
  EXPECT_EQ(harmless("back\\slash"), "back\\\\slash");
  EXPECT_EQ(harmless("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(harmless("\xc2\x9b"
                     "31m"),
            "\\xc2\\x9b31m");  // CSI as one C1 control
  EXPECT_EQ(harmless("\xff\xc0\xaf\xed\xa0\x80"), "\\xff\\xc0\\xaf\\xed\\xa0\\x80");
  EXPECT_EQ(harmless(std::string_view("\0x", 2)), "\\x00x");
}

TEST(HarmlessText, EveryByteAndPairComesOutPrintable) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const char raw[] = {static_cast<char>(first), static_cast<char>(second)};
      for (const char c : harmless({raw, 2})) {
        const auto byte = static_cast<unsigned char>(c);
        ASSERT_TRUE(byte >= 0x20 && byte != 0x7f) << first << ' ' << second;
      }
    }
  }
}

TEST(JsonLine, WritesExactNumbersAndOddBytes) {
  TextBuffer text;
  JsonLine json(text);
  json.open_object();
  json.field("most", UINT64_MAX);
  json.key("list");
  json.open_array();
  json.signed_number(-1);
  json.boolean(true);
  json.null();
  json.close_array();
  json.field("raw", "\"\\\n\xff\xe2\x82\xac");
  json.close_object();
  json.end_line();
  EXPECT_EQ(text.view(),
            "{\"most\":18446744073709551615,\"list\":[-1,true,null],"
            "\"raw\":\"\\\"\\\\\\u000a\\udcff\xe2\x82\xac\"}\n");
}

TEST(Table, AlignsAndLeavesOutOptionalColumns) {
  static constexpr Column columns[] = {{"PID", true}, {"BOX", false, true}, {"NAME"}, {"PEER"}};
  Table table(columns);
  for (const char* cell : {"7", "", "gr\xc3\xbcn", "x", "1234", "", "b", ""}) {
    table.cell().append(cell);
    table.end_cell();
  }
  TextBuffer text;
  table.write(text);
  EXPECT_EQ(text.view(), " PID NAME PEER\n   7 gr\xc3\xbcn x\n1234 b\n");
}

}  // namespace
}  // namespace syscope::present
