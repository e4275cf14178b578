// The operators of expressions with two operands: their marks, and how tightly they bind.
#pragma once

#include <string_view>

#include "catalog/tables.h"

namespace syscope::catalogc {

using catalog::Operator;

struct BinaryWord {
  std::string_view mark;
  Operator op;
  int binding;
};
// Bit operators bind tighter than comparisons, unlike in C: `mode & 0o60000 == 0o20000` compares
// bits.
inline constexpr BinaryWord binaries[] = {
    {"||", Operator::logical_or, 1}, {"&&", Operator::logical_and, 2},
    {"==", Operator::equal, 3},      {"!=", Operator::not_equal, 3},
    {"<", Operator::less, 3},        {">", Operator::greater, 3},
    {"<=", Operator::less_equal, 3}, {">=", Operator::greater_equal, 3},
    {"|", Operator::bit_or, 4},      {"&", Operator::bit_and, 5},
    {"<<", Operator::shift_left, 6}, {">>", Operator::shift_right, 6},
    {"+", Operator::add, 7},         {"-", Operator::subtract, 7},
    {"*", Operator::multiply, 8},    {"/", Operator::divide, 8},
};

}  // namespace syscope::catalogc
