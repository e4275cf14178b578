// What catalogc made of the catalog, for people and for golden files.
#pragma once

#include <string>

#include "catalogc/ast.h"
#include "catalogc/model.h"

namespace syscope::catalogc {

// The plan of each call and variant that has ops, under each ABI:
//   x86_64 read
//     0 exit  read  arg1 length arg2 filled ret string-limit on-success
[[nodiscard]] std::string dump_plans(const Compiled& compiled);

// What can be held against the kernel's headers, a fact a line, the parts separated by tabs:
//   ABI constant SET NAME VALUE WIDTH      ABI call NAME NUMBER
//   ABI struct NAME SIZE fixed|open        ABI field STRUCT NAME OFFSET       (bit fields are left
//   out)
[[nodiscard]] std::string dump_facts(const Compiled& compiled);

// How many calls, variants, sets, constants and structs there are.
[[nodiscard]] std::string dump_counts(const Compiled& compiled, const Program& program);

}  // namespace syscope::catalogc
