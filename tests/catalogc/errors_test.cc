#include <gtest/gtest.h>

#include "tests/catalogc/compiled.h"

namespace syscope::catalogc {
namespace {

std::string errors_of(std::string_view text) { return compile_text(text).errors; }

TEST(Errors, PointAtTheWordAndSuggest) {
  EXPECT_EQ(errors_of("struct itimerspec { sec: long }\n"
                      "call f 1 (a: int,\n"
                      "  b: in itimerspce) -> int\n"),
            "test.sys:3:9: unknown struct 'itimerspce' (did you mean 'itimerspec'?)\n"
            "    b: in itimerspce) -> int\n"
            "          ^\n");
}

TEST(Errors, SeveralInOneRun) {
  const std::string errors = errors_of(
      "call f 1 (a int) -> int\n"
      "call g 2 (a: flags nothing_known) -> int\n"
      "call h 3 (a: int) -> int !open(a)\n"
      "call i 4 (a: int) -> int %fille\n");
  EXPECT_NE(errors.find("test.sys:1:13: expected ':', found 'int'"), std::string::npos) << errors;
  EXPECT_NE(errors.find("test.sys:2:20: unknown set 'nothing_known'"), std::string::npos) << errors;
  EXPECT_NE(errors.find("unknown effect 'open' (did you mean 'opens'?)"), std::string::npos)
      << errors;
  EXPECT_NE(errors.find("unknown class 'fille' (did you mean 'file'?)"), std::string::npos)
      << errors;
}

struct Mistake {
  const char* text;
  const char* message;
};

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreReported) {
  const std::string errors = errors_of(GetParam().text);
  EXPECT_NE(errors.find(GetParam().message), std::string::npos) << errors;
}

INSTANTIATE_TEST_SUITE_P(
    All, Mistakes,
    testing::Values(
        Mistake{"enum a : int { A 1  B 1 }", "'B' has the value of 'A'"},
        Mistake{"enum a : u8 { A 256 }", "'A' does not fit into 'u8'"},
        Mistake{"enum a : int { A B  B A }", "is defined by itself"},
        Mistake{"enum a { A 1 }\nenum a { B 2 }", "a second set 'a'"},
        Mistake{"extend enum a { A 1 }", "no set 'a' to extend"},
        Mistake{"flags a { A 1  B 2  AB 3 }", "'AB' is made of flags before it"},
        Mistake{"flags a { A 0 }", "'A' has no bit"},
        Mistake{"flags a { mask 3 { A 4 } }", "'A' has bits outside of its mask"},
        Mistake{"struct a { b: a }", "struct 'a' contains itself"},
        Mistake{"struct a { n: int  tail: bytes[n]  more: int }", "whose size is not constant"},
        Mistake{"struct a { x: u8 bits 9 }", "a bit field needs a number"},
        Mistake{"struct a { x: int[1 / 0] }", "division by zero"},
        Mistake{"struct a { x: int[0 - 1] }", "negative or too large"},
        Mistake{"call f 1 () -> int\ncall f 2 () -> int", "a second call 'f'"},
        Mistake{"call f 1 () -> int\ncall g 1 () -> int", "belongs to 'f' already"},
        Mistake{"call f 1 (a: in bytes[nn], n: int) -> int", "unknown name 'nn'"},
        Mistake{"call f 1 (a: in bytes[*n], n: int) -> int", "points to a number"},
        Mistake{"call f 1 (a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> int",
                "more arguments than registers"},
        Mistake{"call f 1 (a: int) -> int\nvariants f by b { 1: () }", "has no argument 'b'"},
        Mistake{"call f 1 (a: int) -> int\nvariants f by a { 1: ()  1: () }", "the same key"},
        Mistake{"call f 1 (a: int) -> int\nvariants g by a { 1: () }", "unknown call 'g'"},
        Mistake{"call f 1 (a: int = 3) -> int", "expected ')'"},
        Mistake{"enum a { A 010 }", "octal is written 0o17"},
        Mistake{"call f 1 () -> int \"no end", "does not end on its line"},
        Mistake{"call f 1 (a: ((((((((((((((((((((((((((((((((((((((((((((((((((((((((int",
                "less nesting"}));

TEST(Errors, APlanWithTooManyOps) {
  std::string text = "struct s {";
  for (int i = 0; i < 17; ++i) {
    text += " f" + std::to_string(i) + ": to str";
  }
  const std::string errors = errors_of(text + " }\ncall f 1 (a: in s) -> int\n");
  EXPECT_NE(errors.find("its plan has 18 ops: the engines run at most 16"), std::string::npos)
      << errors;
}

}  // namespace
}  // namespace syscope::catalogc
