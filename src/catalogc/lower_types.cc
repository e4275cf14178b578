#include "catalogc/lower_types.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "catalogc/words.h"

namespace syscope::catalogc {
namespace {

using catalog::Operator;
using catalog::Type;
using catalog::TypeKind;

constexpr std::int64_t most_elements = 1 << 24;

Type empty_type(TypeKind kind) {
  return {.kind = kind,
          .notation = catalog::Notation::dec,
          .width = 0,
          .direction = catalog::Direction::none,
          .flags = 0,
          .unused = 0,
          .set = nothing,
          .element = nothing,
          .length = nothing,
          .filled = nothing,
          .fill = nothing,
          .size = 0};
}

TypeKind memory_kind(std::string_view word) {
  if (word == "path") return TypeKind::path;
  if (word == "str") return TypeKind::string;
  if (word == "scatter") return TypeKind::scatter;
  if (word == "strings") return TypeKind::strings;
  if (word == "environment") return TypeKind::environment;
  if (word == "sigset") return TypeKind::sigset;
  if (word == "fdset") return TypeKind::fdset;
  if (word == "cpuset" || word == "bitset") return TypeKind::cpuset;
  return TypeKind::bytes;
}

// The bytes of a row: rows have no padding.
template <class Row>
std::string key_of(const Row& row) {
  static_assert(std::has_unique_object_representations_v<Row>);
  return {reinterpret_cast<const char*>(&row), sizeof row};
}

template <class Row>
Index append(std::vector<Row>& rows, std::map<std::string, Index>& known, const Row& row) {
  const auto [at, fresh] = known.try_emplace(key_of(row), static_cast<Index>(rows.size()));
  if (fresh) rows.push_back(row);
  return at->second;
}

void names_of(const Expr& expr, std::set<std::string>& names) {
  if (expr.kind == Expr::Kind::name) names.insert(expr.text);
  for (const Expr& operand : expr.operands) names_of(operand, names);
}

// The names that the expressions of a type use; those of structs inside are their own business.
void names_of(const TypeNode& node, std::set<std::string>& names) {
  for (const auto* expr : {&node.length, &node.filled, &node.fill, &node.discriminator}) {
    if (*expr) names_of(**expr, names);
  }
  for (const CaseNode& entry : node.cases) names_of(*entry.type, names);
  if (node.otherwise) names_of(*node.otherwise, names);
  if (node.inner) names_of(*node.inner, names);
}

// Attributes behind a struct that stands in an attribute itself: they see the names of the message.
bool shares_scope(const FieldNode& field) {
  return (field.flags & catalog::field_behind) != 0 &&
         field.type.core == TypeNode::Core::attributes;
}

}  // namespace

TypeLowering::TypeLowering(const Program& program, Constants& constants, Layout& layout,
                           const SetIndex& sets, SharedTables& shared, AbiTables& tables,
                           Diagnostics& diagnostics)
    : program_(program),
      constants_(constants),
      layout_(layout),
      sets_(sets),
      shared_(shared),
      tables_(tables),
      diagnostics_(diagnostics) {}

Index TypeLowering::add(const Type& row) { return append(tables_.types, known_types_, row); }
Index TypeLowering::add(const catalog::Expression& row) {
  return append(tables_.expressions, known_expressions_, row);
}

// --- expressions
// -----------------------------------------------------------------------------------

Index TypeLowering::constant(std::int64_t value) {
  return add({.op = Operator::constant,
              .width = 8,
              .is_signed = true,
              .unused = 0,
              .left = nothing,
              .right = nothing,
              .value = value});
}

Index TypeLowering::times(Index expression, std::uint32_t factor) {
  const catalog::Expression& row = tables_.expressions[expression];
  if (row.op == Operator::constant) return constant(row.value * factor);
  return operation(Operator::multiply, expression, constant(factor));
}

Index TypeLowering::operation(Operator op, Index left, Index right) {
  return add({.op = op,
              .width = 8,
              .is_signed = true,
              .unused = 0,
              .left = left,
              .right = right,
              .value = 0});
}

Index TypeLowering::expression(const std::optional<Expr>& expr, const Scope& scope) {
  return expr ? expression(*expr, scope) : nothing;
}

Index TypeLowering::expression(const Expr& expr, const Scope& scope) {
  if (expr.kind == Expr::Kind::name || expr.kind == Expr::Kind::pointee) {
    return name_expression(expr, scope);
  }
  if (expr.kind == Expr::Kind::sibling) {
    const auto value = constants_.value(expr.text, expr.at, layout_.abi(), scope.sets);
    return value ? add({.op = Operator::sibling,
                        .width = 8,
                        .is_signed = true,
                        .unused = 0,
                        .left = nothing,
                        .right = nothing,
                        .value = *value})
                 : nothing;
  }
  if (expr.kind == Expr::Kind::number || expr.kind == Expr::Kind::macro) {
    const auto value = constants_.evaluate(expr, layout_.abi(), scope.sets);
    return value ? constant(*value) : nothing;
  }
  Index operands[2] = {nothing, nothing};
  bool constants = true;
  for (std::size_t i = 0; i < expr.operands.size() && i < 2; ++i) {
    operands[i] = expression(expr.operands[i], scope);
    if (operands[i] == nothing) return nothing;
    constants = constants && tables_.expressions[operands[i]].op == Operator::constant;
  }
  if (!constants) return operation(expr.op, operands[0], operands[1]);
  const std::int64_t right = operands[1] == nothing ? 0 : tables_.expressions[operands[1]].value;
  const auto value = apply(expr.op, tables_.expressions[operands[0]].value, right);
  if (!value) diagnostics_.error(expr.at, "division by zero");
  return value ? constant(*value) : nothing;
}

Index TypeLowering::name_expression(const Expr& expr, const Scope& scope) {
  const bool pointee = expr.kind == Expr::Kind::pointee;
  const auto found = scope.variables.find(expr.text);
  if (found == scope.variables.end()) {
    for (const auto& [word, op] : {std::pair{"ret", Operator::result},
                                   {"fill", Operator::fill},
                                   {"available", Operator::available},
                                   {"after", Operator::after},
                                   {"protocol", Operator::protocol},
                                   {"position", Operator::position}}) {
      if (!pointee && expr.text == word) {
        return add({.op = op,
                    .width = 8,
                    .is_signed = true,
                    .unused = 0,
                    .left = nothing,
                    .right = nothing,
                    .value = 0});
      }
    }
    if (!pointee && constants_.is_member(expr.text)) {
      const auto value = constants_.value(expr.text, expr.at, layout_.abi(), scope.sets);
      return value ? constant(*value) : nothing;
    }
    std::vector<std::string_view> names = constants_.member_names();
    for (const auto& [name, unused] : scope.variables) names.push_back(name);
    diagnostics_.error(expr.at,
                       "unknown name '" + expr.text + "'" + did_you_mean(expr.text, names));
    return nothing;
  }
  const Variable& variable = found->second;
  if (pointee && !variable.has_pointee) {
    diagnostics_.error(expr.at, "'" + expr.text + "' is no argument that points to a number");
    return nothing;
  }
  const Integer number = pointee ? variable.pointee : variable.number;
  const Index row = add({.op = pointee ? Operator::pointee : variable.op,
                         .width = number.width,
                         .is_signed = number.is_signed,
                         .unused = 0,
                         .left = nothing,
                         .right = nothing,
                         .value = variable.value});
  if (variable.bit_width == 0) return row;
  const auto mask = static_cast<std::int64_t>((std::uint64_t{2} << (variable.bit_width - 1)) - 1);
  return operation(Operator::bit_and,
                   operation(Operator::shift_right, row, constant(variable.bit_offset)),
                   constant(mask));
}

// The number that a struct begins with: often its length.
const TypeNode* TypeLowering::first_number(const TypeNode& node) const {
  if (node.core == TypeNode::Core::choice && !node.cases.empty()) {
    return first_number(*node.cases.front().type);
  }
  if (node.core != TypeNode::Core::named) return nullptr;
  const StructNode* const found = layout_.find_struct(node.name);
  if (found == nullptr || found->fields.empty()) return nullptr;
  const TypeNode& first = found->fields.front().type;
  const bool is_number = first.core == TypeNode::Core::number && !first.length &&
                         first.direction == catalog::Direction::none;
  return is_number ? &first : nullptr;
}

Variable TypeLowering::variable(const TypeNode& node, Operator op, std::int64_t value) {
  Variable variable{.op = op, .value = value};
  const Extent extent = layout_.extent(node);
  variable.number = {static_cast<std::uint8_t>(std::min<std::uint32_t>(extent.size, 8)), false};
  const bool is_number = node.core == TypeNode::Core::number && !node.length;
  if (node.direction != catalog::Direction::none) {
    const TypeNode* const number = is_number ? &node : first_number(node);
    variable.has_pointee = number != nullptr && op == Operator::argument;
    if (variable.has_pointee) variable.pointee = layout_.number(*number);
  } else if (is_number) {
    variable.number = layout_.number(node);
  }
  return variable;
}

void TypeLowering::collect_sets(const TypeNode& node, std::vector<const ConstantSet*>& sets) const {
  if (const ConstantSet* const set = constants_.find_set(node.set)) sets.push_back(set);
  for (const CaseNode& entry : node.cases) collect_sets(*entry.type, sets);
  if (node.otherwise) collect_sets(*node.otherwise, sets);
}

// --- types
// -----------------------------------------------------------------------------------------

Index TypeLowering::type(const TypeNode& node, const Scope& scope, std::uint32_t skew) {
  if (node.direction == catalog::Direction::none) return core_type(node, scope, skew);
  Type row = empty_type(TypeKind::pointer);
  row.notation = catalog::Notation::addr;
  row.width = static_cast<std::uint8_t>(layout_.extent(node).size);
  row.size = row.width;
  row.direction = node.direction;
  row.flags = static_cast<std::uint8_t>((node.always ? catalog::type_always : 0) |
                                        (node.verbose ? catalog::type_verbose : 0) |
                                        (node.inherit ? catalog::type_inherit : 0));
  row.fill = expression(node.fill, scope);
  // Memory behind a pointer begins at an address of its own: fields around it are not `outer`
  // there.
  Scope behind = scope;
  behind.self = nothing;
  row.element = core_type(node, behind, 0);
  return add(row);
}

Index TypeLowering::core_type(const TypeNode& node, const Scope& scope, std::uint32_t skew) {
  Type row = empty_type(TypeKind::number);
  bool counts_elements = false;
  switch (node.core) {
    case TypeNode::Core::number:
      row = number_type(node);
      counts_elements = true;
      if (scope.in_attribute && (!node.set.empty() || node.notation == "ticks") &&
          !node.big_endian && node.integer.empty() && !node.length) {
        row.flags |= catalog::type_any_width;
        row.size = 0;
      }
      break;
    case TypeNode::Core::named: {
      row = struct_type(node, scope, skew);
      const StructNode* const found = layout_.find_struct(node.name);
      counts_elements = found != nullptr && !found->sized;
      break;
    }
    case TypeNode::Core::memory: row = memory_type(node); break;
    case TypeNode::Core::choice: row = choice_type(node, scope, skew); break;
    case TypeNode::Core::attributes: row = attributes_type(node, scope); break;
    case TypeNode::Core::chain:
      row = struct_type(node, scope, 0);
      row.kind = TypeKind::chain;
      row.size = 0;
      break;
    case TypeNode::Core::group:
      if (!node.length && node.hook.empty()) return type(*node.inner, scope, skew);
      row = empty_type(TypeKind::array);
      row.element = type(*node.inner, scope);
      break;
  }
  if (counts_elements && node.length && node.hook.empty()) {
    const Index element = add(row);
    row = empty_type(TypeKind::array);
    row.element = element;
    if (!node.positions.empty()) row.set = sets_.find(node.positions, layout_.abi());
  }
  if (node.netlink) row.element = type(*node.netlink, Scope{});
  if (node.length) {
    row.length = expression(node.length, scope);
    const auto count = layout_.constant(*node.length);
    if (count && (*count < 0 || *count > most_elements)) {
      diagnostics_.error(node.length->at, "a length that is negative or too large");
    } else if (counts_elements && !node.hook.empty()) {
      // Its size stays that of one element: see below.
    } else if (row.kind == TypeKind::array) {
      row.size = count ? static_cast<std::uint32_t>(*count) * tables_.types[row.element].size : 0;
    } else {
      row.size = count ? static_cast<std::uint32_t>(*count) : 0;
    }
    if (row.kind == TypeKind::fdset) row.size = (row.size + 7) / 8;
  }
  row.filled = expression(node.filled, scope);
  if (node.direction == catalog::Direction::none) row.fill = expression(node.fill, scope);
  if (!node.hook.empty()) {
    // Hooks count bytes, whatever they walk.
    const std::uint32_t element = counts_elements ? row.size : 1;
    if (!node.length && row.size != 0) row.length = constant(row.size);
    if (node.length && element > 1) {
      if (row.length != nothing) row.length = times(row.length, element);
      if (row.filled != nothing) row.filled = times(row.filled, element);
    }
    row.kind = TypeKind::hook;
    row.element = shared_.hooks.add(node.hook);
  }
  return add(row);
}

Type TypeLowering::number_type(const TypeNode& node) {
  Type row = empty_type(TypeKind::number);
  const NotationWord* const notation = find_notation(node.notation);
  if (notation != nullptr) row.notation = notation->notation;
  const Integer number = layout_.number(node);
  row.width = number.width;
  row.flags = number.is_signed ? catalog::type_signed : 0;
  if (node.big_endian || row.notation == catalog::Notation::be16 ||
      row.notation == catalog::Notation::be32 || row.notation == catalog::Notation::be64) {
    row.flags |= catalog::type_big_endian;
  }
  if (row.notation == catalog::Notation::ip6) row.width = 16;
  if (row.notation == catalog::Notation::mac) row.width = 6;
  row.size = row.width;
  if (!node.set.empty()) row.set = sets_.find(node.set, layout_.abi());
  return row;
}

Type TypeLowering::memory_type(const TypeNode& node) {
  Type row = empty_type(memory_kind(node.name));
  if (node.name == "sigset" && !node.length) {
    row.size = 8;
    row.length = constant(8);
  }
  if (!node.set.empty()) {
    row.set = sets_.find(node.set, layout_.abi());
    if (row.set == nothing) diagnostics_.error(node.word_at, "unknown set '" + node.set + "'");
  }
  return row;
}

Type TypeLowering::struct_type(const TypeNode& node, const Scope& scope, std::uint32_t skew) {
  Type row = empty_type(TypeKind::structure);
  const StructNode* const found = layout_.need_struct(node.name, node.word_at);
  if (found == nullptr) return row;
  row.element = structure(*found, scope, skew);
  const Extent& extent = layout_.of(*found, skew).extent;
  row.size = extent.varies ? 0 : extent.size;
  return row;
}

// A length on a switch is in bytes; cases that are memory or sized structs and have none share it.
Type TypeLowering::choice_type(const TypeNode& node, const Scope& scope, std::uint32_t skew) {
  const auto lower_case = [&](const TypeNode& written) {
    TypeNode entry = written;
    const StructNode* const found = layout_.find_struct(entry.name);
    const bool takes = entry.core == TypeNode::Core::memory ||
                       (entry.core == TypeNode::Core::named && found != nullptr && found->sized);
    if (takes && !entry.length && entry.direction == catalog::Direction::none) {
      entry.length = node.length;
      entry.filled = node.filled;
    }
    return type(entry, scope, skew);
  };
  catalog::Choice choice{};
  choice.discriminator = expression(node.discriminator, scope);
  choice.otherwise = node.otherwise ? lower_case(*node.otherwise) : nothing;
  std::vector<const ConstantSet*> sets;
  if (node.discriminator && node.discriminator->kind == Expr::Kind::name) sets = scope.sets;
  std::vector<catalog::Case> cases;
  for (const CaseNode& entry : node.cases) {
    const Index index = lower_case(*entry.type);
    for (const Expr& key : entry.keys) {
      const auto value = constants_.evaluate(key, layout_.abi(), sets);
      if (value) cases.push_back({*value, index, {}});
    }
  }
  std::ranges::stable_sort(cases, {}, &catalog::Case::value);
  if (std::ranges::adjacent_find(cases, {}, &catalog::Case::value) != cases.end()) {
    diagnostics_.error(node.at, "two cases of the switch have the same value");
  }
  choice.first_case = static_cast<std::uint32_t>(tables_.cases.size());
  choice.case_count = static_cast<std::uint16_t>(cases.size());
  tables_.cases.insert(tables_.cases.end(), cases.begin(), cases.end());
  tables_.choices.push_back(choice);
  Type row = empty_type(TypeKind::choice);
  row.element = static_cast<Index>(tables_.choices.size() - 1);
  const Extent extent = layout_.extent(node, skew);
  row.size = extent.varies ? 0 : extent.size;
  return row;
}

// --- netlink attributes
// -------------------------------------------------------------------------

Type TypeLowering::attributes_type(const TypeNode& node, const Scope& scope) {
  Type row = empty_type(TypeKind::attributes);
  const auto found = std::ranges::find(program_.attributes, node.name, &AttributesNode::name);
  if (found == program_.attributes.end()) {
    std::vector<std::string_view> names;
    for (const AttributesNode& known : program_.attributes) names.push_back(known.name);
    diagnostics_.error(node.word_at, "unknown attributes '" + node.name + "'" +
                                         did_you_mean(node.name, names));
    return row;
  }
  row.element = attribute_table(*found, scope);
  return row;
}

Index TypeLowering::attribute_table(const AttributesNode& node, const Scope& around) {
  const auto key = std::pair(&node, around.self);
  if (const auto known = known_attributes_.find(key); known != known_attributes_.end()) {
    return known->second;
  }
  const auto self = static_cast<Index>(tables_.attribute_tables.size());
  known_attributes_[key] = self;
  tables_.attribute_tables.emplace_back();
  const std::string& set = node.set.empty() ? node.name : node.set;
  Scope scope = around;
  scope.in_attribute = true;
  if (const ConstantSet* const names = constants_.find_set(set)) scope.sets.push_back(names);
  catalog::AttributeTable row{};
  row.set = sets_.find(set, layout_.abi());
  if (row.set == nothing) diagnostics_.error(node.at, "unknown set '" + set + "'");
  row.otherwise = node.otherwise ? type(*node.otherwise, scope) : nothing;
  std::vector<catalog::Case> cases;
  for (const CaseNode& entry : node.cases) {
    const Index held = type(*entry.type, scope);
    for (const Expr& number : entry.keys) {
      const ConstantSet* const names = constants_.find_set(set);
      const auto value = constants_.evaluate(number, layout_.abi(), std::span(&names, 1));
      if (value) cases.push_back({*value, held, {}});
    }
  }
  std::ranges::stable_sort(cases, {}, &catalog::Case::value);
  if (std::ranges::adjacent_find(cases, {}, &catalog::Case::value) != cases.end()) {
    diagnostics_.error(node.at, "two attributes of the table have the same number");
  }
  row.first_case = static_cast<std::uint32_t>(tables_.cases.size());
  row.case_count = static_cast<std::uint16_t>(cases.size());
  tables_.cases.insert(tables_.cases.end(), cases.begin(), cases.end());
  tables_.attribute_tables[self] = row;
  return self;
}

// --- structs
// ---------------------------------------------------------------------------------------

// Whether expressions of the struct use names that only the struct around it has.
bool TypeLowering::uses(const StructNode& node, const Scope& around) const {
  std::set<std::string> names;
  if (node.condition) names_of(*node.condition, names);
  for (const FieldNode& field : node.fields) {
    names_of(field.type, names);
    if (field.condition) names_of(*field.condition, names);
  }
  for (const FieldNode& field : node.fields) names.erase(field.name);
  return std::ranges::any_of(names, [&](const std::string& name) {
    const auto found = around.variables.find(name);
    return found != around.variables.end() && found->second.op == Operator::field;
  });
}

Scope TypeLowering::field_scope(const StructNode& node, const StructLayout& layout,
                                const Scope& around, Index self) {
  Scope scope;
  scope.self = self;
  for (std::size_t i = 0; i < node.fields.size() && i < layout.fields.size(); ++i) {
    const FieldNode& field = node.fields[i];
    collect_sets(field.type, scope.sets);
    if (field.name.empty()) continue;
    Variable own = variable(field.type, Operator::field, layout.fields[i].offset);
    own.bit_offset = layout.fields[i].bit_offset;
    own.bit_width = layout.fields[i].bit_width;
    if (!scope.variables.try_emplace(field.name, own).second) {
      diagnostics_.error(field.at, "a second field '" + field.name + "'");
    }
  }
  if (around.self == nothing) return scope;
  for (auto [name, variable] : around.variables) {
    if (variable.op != Operator::field) continue;
    variable.op = Operator::outer;
    scope.variables.try_emplace(name, variable);
  }
  scope.sets.insert(scope.sets.end(), around.sets.begin(), around.sets.end());
  return scope;
}

std::uint16_t TypeLowering::shift_of(const FieldNode& field) {
  return field.shift
             ? static_cast<std::uint16_t>(constants_.evaluate(*field.shift, layout_.abi()).value_or(0))
             : std::uint16_t{0};
}

Index TypeLowering::structure(const StructNode& node, const Scope& around, std::uint32_t skew) {
  const bool shares = around.in_attribute && std::ranges::any_of(node.fields, shares_scope);
  const bool has_parent = around.self != nothing && (shares || uses(node, around));
  const Index parent = has_parent ? around.self : nothing;
  const auto key = std::tuple(&node, skew % 16, parent);
  if (const auto known = known_structs_.find(key); known != known_structs_.end()) {
    return known->second;
  }
  const auto self = static_cast<Index>(tables_.structs.size());
  known_structs_[key] = self;
  tables_.structs.emplace_back();
  const StructLayout layout = layout_.of(node, skew);
  const Scope scope = field_scope(node, layout, parent == nothing ? Scope{} : around, self);
  catalog::Struct row{};
  row.name = shared_.names.add(node.name);
  row.size = layout.extent.size;
  row.flags = node.sized ? catalog::struct_sized : 0;
  if (node.padded) row.flags |= catalog::struct_padded;
  if (node.torn) row.flags |= catalog::struct_torn;
  if (node.first) row.flags |= catalog::struct_first;
  if (node.joined) row.flags |= catalog::struct_joined;
  row.flags |= node.flags;
  row.condition = expression(node.condition, scope);
  std::vector<catalog::Field> fields;
  for (std::size_t i = 0; i < node.fields.size() && i < layout.fields.size(); ++i) {
    const FieldNode& field = node.fields[i];
    const Place& place = layout.fields[i];
    if ((field.flags & catalog::field_brief) != 0) row.flags |= catalog::struct_has_brief;
    if ((field.flags & catalog::field_changes) != 0) row.flags |= catalog::struct_changes;
    const bool splice = (field.flags & catalog::field_splice) != 0;
    fields.push_back({.name = shared_.names.add(field.name),
                      .type = type(field.type, shares && shares_scope(field) ? around : scope,
                                   splice ? skew + place.offset : 0),
                      .condition = expression(field.condition, scope),
                      .offset = place.offset,
                      .flags = field.flags,
                      .bit_offset = place.bit_offset,
                      .bit_width = place.bit_width,
                      .shift = shift_of(field)});
    const catalog::Type& of_field = tables_.types[fields.back().type];
    // A struct that has been refused, or that holds itself, has no row.
    if (of_field.kind == TypeKind::structure && of_field.element < tables_.structs.size()) {
      row.flags |= tables_.structs[of_field.element].flags & catalog::struct_changes;
    }
  }
  row.first_field = static_cast<std::uint32_t>(tables_.fields.size());
  row.field_count = static_cast<std::uint16_t>(fields.size());
  tables_.fields.insert(tables_.fields.end(), fields.begin(), fields.end());
  tables_.structs[self] = row;
  return self;
}

}  // namespace syscope::catalogc
