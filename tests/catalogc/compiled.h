// A catalog of one text, compiled: what the tests of the compiler look into.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalogc/compile.h"
#include "catalogc/dump.h"

namespace syscope::catalogc {

struct Outcome {
  std::string errors;
  Compiled tables;

  [[nodiscard]] const AbiTables& of(Abi abi) const {
    return tables.abis[static_cast<std::size_t>(abi)];
  }
  // nullptr if there is no such struct.
  [[nodiscard]] const catalog::Struct* structure(Abi abi, std::string_view name) const {
    for (const catalog::Struct& row : of(abi).structs) {
      if (tables.shared.names.text(row.name) == name) return &row;
    }
    return nullptr;
  }
  // -1 if there is no such field.
  [[nodiscard]] long offset(Abi abi, std::string_view structure_name, std::string_view name) const {
    const catalog::Struct* const row = structure(abi, structure_name);
    for (std::size_t i = 0; row != nullptr && i < row->field_count; ++i) {
      const catalog::Field& field = of(abi).fields[row->first_field + i];
      if (tables.shared.names.text(field.name) == name) return static_cast<long>(field.offset);
    }
    return -1;
  }
};

inline Outcome compile_text(std::string_view text) {
  const std::vector<Source> sources = {{"test.sys", std::string(text)}};
  Diagnostics diagnostics(sources);
  Program program;
  Outcome outcome;
  outcome.tables = compile(sources, program, diagnostics);
  outcome.errors = diagnostics.report();
  return outcome;
}

}  // namespace syscope::catalogc
