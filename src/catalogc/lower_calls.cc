#include "catalogc/lower_calls.h"

#include <algorithm>
#include <map>
#include <span>

#include "catalogc/planner.h"
#include "catalogc/words.h"

namespace syscope::catalogc {
namespace {

using catalog::Direction;
using catalog::Notation;
using catalog::Param;
using catalog::Prototype;
using catalog::TypeKind;

constexpr std::size_t most_registers = 6;

const ParamNode* find_param(const ProtoNode& proto, std::string_view name) {
  const auto at = std::ranges::find(proto.params, name, &ParamNode::name);
  return at == proto.params.end() ? nullptr : &*at;
}

bool applies(const VariantsNode& node, std::string_view call, Abi abi) {
  return node.call == call &&
         (node.abis.empty() || std::ranges::find(node.abis, abi) != node.abis.end());
}

// The set that a type's constants come from; in a switch, that of the case called `first`.
std::string_view set_of(const TypeNode& type, const std::vector<Expr>& first) {
  if (type.core != TypeNode::Core::choice) return type.set;
  for (const CaseNode& entry : type.cases) {
    for (const Expr& key : entry.keys) {
      if (!first.empty() && key.kind == Expr::Kind::name && key.text == first.front().text) {
        return entry.type->set;
      }
    }
  }
  return {};
}

SetNode extension(const VariantsNode& variants, const VariantNode& variant, std::string_view set,
                  const Program& program) {
  SetNode node{.name = std::string(set), .at = variants.at, .extends = true};
  const auto base = std::ranges::find_if(program.sets, [&](const SetNode& candidate) {
    return candidate.name == set && !candidate.extends;
  });
  if (base != program.sets.end()) node.kind = base->kind;
  node.members = variant.additions;
  return node;
}

}  // namespace

void add_variant_members(Program& program, Diagnostics& diagnostics) {
  std::vector<SetNode> extensions;
  for (const VariantsNode& variants : program.variants) {
    const auto call = std::ranges::find(program.calls, variants.call, &CallNode::name);
    if (call == program.calls.end()) {
      std::vector<std::string_view> names;
      for (const CallNode& node : program.calls) names.push_back(node.name);
      diagnostics.error(variants.at, "variants of an unknown call '" + variants.call + "'" +
                                         did_you_mean(variants.call, names));
      continue;
    }
    const ParamNode* const param = find_param(call->proto, variants.arguments.back().first);
    if (param == nullptr) continue;
    for (const VariantNode& variant : variants.variants) {
      if (variant.additions.empty()) continue;
      const std::string_view set = set_of(param->type, variant.first);
      if (set.empty()) {
        diagnostics.error(variant.additions.front().at,
                          "'" + param->name + "' has no set that could take the new name");
        continue;
      }
      extensions.push_back(extension(variants, variant, set, program));
    }
  }
  for (SetNode& node : extensions) program.sets.push_back(std::move(node));
}

CallLowering::CallLowering(const Program& program, Constants& constants, Layout& layout,
                           TypeLowering& types, SharedTables& shared, AbiTables& tables,
                           Diagnostics& diagnostics)
    : program_(program),
      constants_(constants),
      layout_(layout),
      types_(types),
      shared_(shared),
      tables_(tables),
      diagnostics_(diagnostics) {}

void CallLowering::run() {
  std::map<std::string_view, const CallNode*> by_name;
  std::map<std::uint32_t, const CallNode*> by_number;
  for (const CallNode& node : program_.calls) {
    const auto number = node.numbers.find(layout_.abi());
    if (number == node.numbers.end()) continue;
    const std::string abi(abi_name(layout_.abi()));
    if (!by_name.try_emplace(node.name, &node).second) {
      diagnostics_.error(node.at, "a second call '" + node.name + "' for " + abi);
    }
    const auto [other, fresh] = by_number.try_emplace(number->second, &node);
    if (!fresh) {
      diagnostics_.error(node.at, "number " + std::to_string(number->second) + " of " + abi +
                                      " belongs to '" + other->second->name + "' already");
    }
  }
  for (const auto& [name, node] : by_name) call(*node);
  if (by_number.empty()) return;
  tables_.call_by_number.assign(by_number.rbegin()->first + 1, nothing);
  for (std::size_t i = 0; i < tables_.calls.size(); ++i) {
    tables_.call_by_number[tables_.calls[i].number] = static_cast<Index>(i);
  }
}

void CallLowering::call(const CallNode& node) {
  catalog::Call row{};
  row.name = shared_.names.add(node.name);
  row.number = node.numbers.at(layout_.abi());
  row.classes = class_bits(node.proto);
  row.summary = shared_.names.add(node.summary);
  row.prototype = prototype(parts_of(node.proto));
  row.variants = variants_of(node);
  tables_.calls.push_back(row);
}

std::uint32_t CallLowering::class_bits(const ProtoNode& proto) {
  std::uint32_t bits = 0;
  for (const auto& [word, at] : proto.classes) {
    const auto found = std::ranges::find(shared_.classes, word);
    if (found == shared_.classes.end()) {
      diagnostics_.error(at, "unknown class '" + word + "'" + did_you_mean(word, class_words()));
    } else {
      bits |= 1u << (found - shared_.classes.begin());
    }
  }
  return bits;
}

// --- prototypes
// ------------------------------------------------------------------------------------

CallLowering::Parts CallLowering::parts_of(const ProtoNode& proto) {
  Parts parts{.at = proto.at};
  for (const ParamNode& param : proto.params) parts.params.push_back(&param);
  if (proto.result) parts.result = &*proto.result;
  parts.result_hook = proto.result_hook;
  for (const EffectNode& effect : proto.effects) parts.effects.push_back(&effect);
  return parts;
}

// The parameters behind the last discriminator are the variant's; so is the result, if it names
// one.
CallLowering::Parts CallLowering::parts_of(const CallNode& call, const VariantsNode& variants,
                                           const ProtoNode& proto) const {
  Parts parts = parts_of(call.proto);
  parts.at = proto.at;
  const ParamNode* const last = find_param(call.proto, variants.arguments.back().first);
  parts.params.resize(static_cast<std::size_t>(last - call.proto.params.data()) + 1);
  const Parts own = parts_of(proto);
  parts.params.insert(parts.params.end(), own.params.begin(), own.params.end());
  parts.effects.insert(parts.effects.end(), own.effects.begin(), own.effects.end());
  if (own.result != nullptr) {
    parts.result = own.result;
    parts.result_hook = own.result_hook;
  }
  return parts;
}

Scope CallLowering::call_scope(const Parts& parts, std::vector<std::uint8_t>& registers) {
  Scope scope;
  std::size_t next = 0;
  for (const ParamNode* const param : parts.params) {
    std::size_t at = param->position.value_or(static_cast<std::uint8_t>(next));
    const auto special = param->positions.find(layout_.abi());
    if (special != param->positions.end()) at = special->second;
    registers.push_back(static_cast<std::uint8_t>(at));
    const Variable variable =
        types_.variable(param->type, catalog::Operator::argument, static_cast<std::int64_t>(at));
    const auto [known, is_new] = scope.variables.try_emplace(param->name, variable);
    // One register in one form or another: the conditions tell them apart.
    const bool is_other_form =
        param->condition && known->second.value == static_cast<std::int64_t>(at);
    if (!is_new && !is_other_form) {
      diagnostics_.error(param->at, "a second argument '" + param->name + "'");
    }
    types_.collect_sets(param->type, scope.sets);
    const Extent extent = layout_.extent(param->type);
    next += extent.size > word_size(layout_.abi()) && extent.size <= 8 ? 2 : 1;
  }
  if (next > most_registers) {
    diagnostics_.error(parts.at, "more arguments than registers: there are 6 under " +
                                     std::string(abi_name(layout_.abi())));
  }
  return scope;
}

std::vector<Param> CallLowering::params(const Parts& parts, const Scope& scope,
                                        const std::vector<std::uint8_t>& registers) {
  std::vector<Param> rows;
  bool at_exit = false;
  for (std::size_t i = 0; i < parts.params.size(); ++i) {
    const ParamNode& node = *parts.params[i];
    Param row{};
    row.name = shared_.names.add(node.name);
    row.type = types_.type(node.type, scope);
    row.condition = types_.expression(node.condition, scope);
    row.argument = registers[i];
    at_exit = at_exit || counts_at_exit(row.type);
    row.at_exit = at_exit;
    row.named = node.named;
    row.joined = node.joined;
    rows.push_back(row);
  }
  return rows;
}

Index CallLowering::prototype(const Parts& parts) {
  std::vector<std::uint8_t> registers;
  const Scope scope = call_scope(parts, registers);
  const std::vector<Param> rows = params(parts, scope, registers);
  Prototype row{};
  row.first_param = static_cast<std::uint32_t>(tables_.params.size());
  row.param_count = static_cast<std::uint8_t>(rows.size());
  tables_.params.insert(tables_.params.end(), rows.begin(), rows.end());
  row.result = parts.result == nullptr ? nothing : types_.type(*parts.result, scope);
  row.result_hook = parts.result_hook.empty() ? nothing : shared_.hooks.add(parts.result_hook);
  effects(parts, registers, row);
  plan(parts, rows, row);
  tables_.prototypes.push_back(row);
  return static_cast<Index>(tables_.prototypes.size() - 1);
}

void CallLowering::effects(const Parts& parts, const std::vector<std::uint8_t>& registers,
                           Prototype& row) {
  row.first_effect = static_cast<std::uint32_t>(tables_.effects.size());
  for (const EffectNode* const node : parts.effects) {
    const auto kind = find_effect(node->name);
    if (!kind) {
      diagnostics_.error(node->at, "unknown effect '" + node->name + "'" +
                                       did_you_mean(node->name, effect_words()));
      continue;
    }
    catalog::Effect effect{};
    effect.kind = *kind;
    for (const std::string& operand : node->operands) {
      const auto param = std::ranges::find(parts.params, operand, &ParamNode::name);
      if (effect.operand_count == 4 || (operand != "ret" && param == parts.params.end())) {
        diagnostics_.error(
            node->at,
            "the effect takes up to four names of arguments, or ret: not '" + operand + "'");
        break;
      }
      const auto position = static_cast<std::size_t>(param - parts.params.begin());
      effect.operands[effect.operand_count++] =
          operand == "ret" ? std::int8_t{-1} : static_cast<std::int8_t>(registers[position]);
    }
    if (*kind == catalog::EffectKind::waits) row.plan.may_block = 1;
    tables_.effects.push_back(effect);
    ++row.effect_count;
  }
}

bool CallLowering::is_descriptor(Index type) const {
  if (type == nothing) return false;
  const catalog::Type& row = tables_.types[type];
  if (row.kind == TypeKind::choice) {  // it may be one
    const catalog::Choice& choice = tables_.choices[row.element];
    const auto cases = std::span(tables_.cases).subspan(choice.first_case, choice.case_count);
    return is_descriptor(choice.otherwise) ||
           std::ranges::any_of(
               cases, [this](const catalog::Case& one) { return is_descriptor(one.type); });
  }
  return row.kind == TypeKind::number &&
         (row.notation == Notation::fd || row.notation == Notation::dirfd);
}

bool CallLowering::counts_at_exit(Index type) const {
  if (type == nothing) return false;
  const catalog::Type& row = tables_.types[type];
  if (row.kind == TypeKind::pointer) {
    return row.direction == Direction::out || row.direction == Direction::inout;
  }
  if (row.kind != TypeKind::choice) return false;
  const catalog::Choice& choice = tables_.choices[row.element];
  for (std::uint32_t i = 0; i < choice.case_count; ++i) {
    if (counts_at_exit(tables_.cases[choice.first_case + i].type)) return true;
  }
  return counts_at_exit(choice.otherwise);
}

void CallLowering::plan(const Parts& parts, const std::vector<Param>& params, Prototype& row) {
  if (!diagnostics_.empty()) return;  // types may be incomplete
  Planner planner(tables_, layout_.abi());
  planner.add_params(params, row.result_hook != nothing);
  const std::vector<sc_op> ops = planner.ops();
  if (ops.size() > most_ops) {
    diagnostics_.error(parts.at, "its plan has " + std::to_string(ops.size()) +
                                     " ops: the engines run at most " + std::to_string(most_ops));
    return;
  }
  row.plan.first_op = static_cast<sc_u16>(tables_.ops.size());
  row.plan.op_count = static_cast<sc_u8>(ops.size());
  row.plan.exit_ops =
      static_cast<sc_u8>(std::ranges::count(ops, static_cast<sc_u8>(SC_EXIT_PHASE), &sc_op::phase));
  tables_.ops.insert(tables_.ops.end(), ops.begin(), ops.end());
  for (const Param& param : params) {
    const catalog::Type& type = tables_.types[param.type];
    const bool pair = type.size > word_size(layout_.abi()) && type.size <= 8;
    row.plan.arguments =
        std::max(row.plan.arguments, static_cast<sc_u8>(param.argument + (pair ? 2 : 1)));
    if (is_descriptor(param.type)) row.plan.fd_arguments |= static_cast<sc_u8>(1 << param.argument);
  }
  if (is_descriptor(row.result)) row.plan.fd_arguments |= 0x80;
}

// --- variants
// --------------------------------------------------------------------------------------

Index CallLowering::variants_of(const CallNode& call) {
  catalog::Variants table{};
  const VariantsNode* first = nullptr;
  std::vector<catalog::Variant> rows;
  for (const VariantsNode& node : program_.variants) {
    if (!applies(node, call.name, layout_.abi())) continue;
    if (first != nullptr && (node.arguments.size() != first->arguments.size() ||
                             node.arguments.back().first != first->arguments.back().first ||
                             node.mask.has_value() != first->mask.has_value())) {
      diagnostics_.error(node.at, "these variants depend on something else than those before");
      continue;
    }
    std::uint64_t mask = 0xffffffff;
    if (node.mask) {
      mask = static_cast<std::uint64_t>(
          constants_.evaluate(*node.mask, layout_.abi()).value_or(0xffffffff));
    }
    bool found = true;
    table.argument_count = 0;
    for (const auto& [name, at] : node.arguments) {
      const ParamNode* const param = find_param(call.proto, name);
      if (param == nullptr) {
        diagnostics_.error(at, "'" + call.name + "' has no argument '" + name + "'");
        found = false;
        continue;
      }
      table.arguments[table.argument_count++] =
          static_cast<std::uint8_t>(param - call.proto.params.data());
    }
    if (!found) continue;
    first = &node;
    table.mask = mask;
    for (const VariantNode& entry : node.variants) variant(call, node, entry, mask, rows);
  }
  if (first == nullptr) return nothing;
  std::ranges::stable_sort(rows, {}, &catalog::Variant::key);
  if (std::ranges::adjacent_find(rows, {}, &catalog::Variant::key) != rows.end()) {
    diagnostics_.error(first->at, "two variants of '" + call.name + "' have the same key");
  }
  const bool any_size = table.argument_count == 1 && (rows.back().key & catalog::sized) != 0;
  if (any_size) table.any_size = 0xffffffff & ~catalog::ioctl_size_bits;
  table.first = static_cast<std::uint32_t>(tables_.variants.size());
  table.count = static_cast<std::uint32_t>(rows.size());
  tables_.variants.insert(tables_.variants.end(), rows.begin(), rows.end());
  tables_.variant_tables.push_back(table);
  return static_cast<Index>(tables_.variant_tables.size() - 1);
}

void CallLowering::variant(const CallNode& call, const VariantsNode& variants,
                           const VariantNode& node, std::uint64_t mask,
                           std::vector<catalog::Variant>& rows) {
  const Index index = prototype(parts_of(call, variants, *node.proto));
  const std::vector<std::uint64_t> last = keys(call, variants.arguments.back().first, node.keys);
  std::vector<std::uint64_t> high = {0};
  if (variants.arguments.size() == 2) {
    high = keys(call, variants.arguments.front().first, node.first);
  }
  for (const std::uint64_t first : high) {
    for (const std::uint64_t key : last) {
      rows.push_back({first << 32 | (key & (mask | catalog::sized)), index, {}});
    }
  }
}

std::vector<std::uint64_t> CallLowering::keys(const CallNode& call, std::string_view argument,
                                              const std::vector<Expr>& exprs) {
  std::vector<const ConstantSet*> sets;
  types_.collect_sets(find_param(call.proto, argument)->type, sets);
  std::vector<std::uint64_t> values;
  for (const Expr& expr : exprs) {
    const auto value = constants_.evaluate(expr, layout_.abi(), sets);
    if (!value) continue;
    const bool is_sized = expr.kind == Expr::Kind::name && constants_.is_sized(expr.text);
    values.push_back((static_cast<std::uint64_t>(*value) & 0xffffffff) |
                     (is_sized ? catalog::sized : 0));
  }
  return values;
}

}  // namespace syscope::catalogc
