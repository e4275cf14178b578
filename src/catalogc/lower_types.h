// Types, structs and expressions of one ABI to tables. Equal rows are shared.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "catalogc/ast.h"
#include "catalogc/constants.h"
#include "catalogc/diagnostics.h"
#include "catalogc/layout.h"
#include "catalogc/lower_sets.h"
#include "catalogc/model.h"

namespace syscope::catalogc {

// What a name of an expression stands for, besides constants.
struct Variable {
  catalog::Operator op = catalog::Operator::argument;  // argument, field or outer
  std::int64_t value = 0;
  Integer number;
  std::uint16_t bit_offset = 0;
  std::uint16_t bit_width = 0;
  bool has_pointee = false;  // `*name` may be written: it points to a number
  Integer pointee;
};

struct Scope {
  std::map<std::string, Variable, std::less<>> variables;
  std::vector<const ConstantSet*> sets;  // where names are looked up first
  Index self = nothing;                  // the struct whose fields these are
  bool in_attribute = false;             // enums and flags are as wide as the attribute
};

class TypeLowering {
 public:
  // All live longer than the lowering.
  TypeLowering(const Program& program, Constants& constants, Layout& layout, const SetIndex& sets, SharedTables& shared,
               AbiTables& tables, Diagnostics& diagnostics);

  // A type as it stands in an argument list or a struct. `skew` as in Layout::of.
  [[nodiscard]] Index type(const TypeNode& node, const Scope& scope, std::uint32_t skew = 0);

  // Reports names that do not exist, and gives `nothing` after an error or without an expression.
  [[nodiscard]] Index expression(const Expr& expr, const Scope& scope);
  [[nodiscard]] Index expression(const std::optional<Expr>& expr, const Scope& scope);

  // The sets that a type mentions, those of the cases of a switch too.
  void collect_sets(const TypeNode& node, std::vector<const ConstantSet*>& sets) const;

  // A variable of that type; `op` and `value` as in catalog::Expression.
  [[nodiscard]] const TypeNode* first_number(const TypeNode& node) const;
  [[nodiscard]] Variable variable(const TypeNode& node, catalog::Operator op, std::int64_t value);

 private:
  [[nodiscard]] Index core_type(const TypeNode& node, const Scope& scope, std::uint32_t skew);
  [[nodiscard]] catalog::Type number_type(const TypeNode& node);
  [[nodiscard]] catalog::Type memory_type(const TypeNode& node);
  [[nodiscard]] catalog::Type struct_type(const TypeNode& node, const Scope& scope,
                                          std::uint32_t skew);
  [[nodiscard]] catalog::Type choice_type(const TypeNode& node, const Scope& scope,
                                          std::uint32_t skew);
  [[nodiscard]] Index structure(const StructNode& node, const Scope& around, std::uint32_t skew);
  [[nodiscard]] catalog::Type attributes_type(const TypeNode& node, const Scope& scope);
  [[nodiscard]] Index attribute_table(const AttributesNode& node, const Scope& around);
  [[nodiscard]] std::uint16_t shift_of(const FieldNode& field);
  [[nodiscard]] Scope field_scope(const StructNode& node, const StructLayout& layout,
                                  const Scope& around, Index self);
  [[nodiscard]] bool uses(const StructNode& node, const Scope& around) const;
  [[nodiscard]] Index name_expression(const Expr& expr, const Scope& scope);
  [[nodiscard]] Index constant(std::int64_t value);
  [[nodiscard]] Index times(Index expression, std::uint32_t factor);
  [[nodiscard]] Index operation(catalog::Operator op, Index left, Index right);
  [[nodiscard]] Index add(const catalog::Type& row);
  [[nodiscard]] Index add(const catalog::Expression& row);

  const Program& program_;
  Constants& constants_;
  Layout& layout_;
  const SetIndex& sets_;
  SharedTables& shared_;
  AbiTables& tables_;
  Diagnostics& diagnostics_;
  std::map<std::string, Index> known_types_;
  std::map<std::string, Index> known_expressions_;
  std::map<std::tuple<const StructNode*, std::uint32_t, Index>, Index> known_structs_;
  std::map<std::pair<const AttributesNode*, Index>, Index> known_attributes_;
};

}  // namespace syscope::catalogc
