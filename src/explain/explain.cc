#include "explain/explain.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "abi/names.h"
#include "catalog/find.h"
#include "explain/words.h"

namespace syscope::explain {
namespace {

using catalog::Call;
using catalog::Index;
using catalog::Param;
using catalog::Prototype;
using catalog::Set;
using catalog::Tables;
using catalog::Type;
using catalog::TypeKind;

// Types nest no deeper than this where they name a set.
constexpr int deepest = 6;

std::optional<int> decimal(std::string_view word) {
  int number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size() || number < 0) return std::nullopt;
  return number;
}

ErrorTopic error_topic(int number) {
  ErrorTopic topic{error_name(number), number, error_message(number), {}, {}};
  topic.meaning = catalog::find_meaning("any", topic.name);
  for (const Call& call : catalog::tables(Abi::x86_64).calls) {
    const std::string_view name = catalog::text(call.name);
    const std::string_view text = catalog::find_meaning(name, topic.name);
    if (!text.empty()) topic.calls.push_back({name, text});
  }
  return topic;
}

bool uses_set(const Tables& tables, Index index, std::string_view set, int depth = 0);

bool struct_uses_set(const Tables& tables, const catalog::Struct& structure, std::string_view set,
                     int depth) {
  const auto fields = tables.fields.subspan(structure.first_field, structure.field_count);
  return std::ranges::any_of(fields, [&](const catalog::Field& field) {
    return uses_set(tables, field.type, set, depth + 1);
  });
}

// By name: a set whose values differ between ABIs is in the tables once for each.
bool uses_set(const Tables& tables, Index index, std::string_view set, int depth) {
  if (index >= tables.types.size() || depth > deepest) return false;
  const Type& type = tables.types[index];
  switch (type.kind) {
    case TypeKind::number:
      return type.set != catalog::nothing && catalog::text(catalog::sets()[type.set].name) == set;
    case TypeKind::pointer:
    case TypeKind::array: return uses_set(tables, type.element, set, depth + 1);
    case TypeKind::structure:
      return struct_uses_set(tables, tables.structs[type.element], set, depth);
    case TypeKind::choice: {
      const catalog::Choice& choice = tables.choices[type.element];
      const auto cases = tables.cases.subspan(choice.first_case, choice.case_count);
      return uses_set(tables, choice.otherwise, set, depth + 1) ||
             std::ranges::any_of(cases, [&](const catalog::Case& one) {
               return uses_set(tables, one.type, set, depth + 1);
             });
    }
    default: return false;
  }
}

// What the value selects, where the set belongs to the argument that chooses a variant of the call.
std::string variant_words(const Tables& tables, const Call& call, std::uint8_t argument,
                          std::uint64_t value) {
  if (call.variants >= tables.variant_tables.size()) return {};
  const catalog::Variants& choice = tables.variant_tables[call.variants];
  if (choice.argument_count != 1 || choice.arguments[0] != argument) return {};
  const auto variants = tables.variants.subspan(choice.first, choice.count);
  const auto found =
      std::ranges::lower_bound(variants, value & choice.mask, {}, &catalog::Variant::key);
  if (found == variants.end() || found->key != (value & choice.mask)) return {};
  const Prototype& prototype = tables.prototypes[found->prototype];
  std::string words;
  for (const Param& param : tables.params.subspan(prototype.first_param, prototype.param_count)) {
    if (param.argument <= argument) continue;
    words += (words.empty() ? ": " : ", ") + std::string(catalog::text(param.name)) + " is " +
             type_in_words(tables, param.type);
  }
  return words.empty() ? ": no further argument" : words;
}

std::vector<std::string> users_of(std::string_view set, std::uint64_t value) {
  const Tables& tables = catalog::tables(Abi::x86_64);
  std::vector<std::string> users;
  for (const Call& call : tables.calls) {
    const Prototype& prototype = tables.prototypes[call.prototype];
    for (const Param& param : tables.params.subspan(prototype.first_param, prototype.param_count)) {
      if (!uses_set(tables, param.type, set)) continue;
      users.push_back(std::string(catalog::text(call.name)) + "(" +
                      std::string(catalog::text(param.name)) + ")" +
                      variant_words(tables, call, param.argument, value));
    }
  }
  return users;
}

void look_up_constants(std::string_view word, std::vector<ConstantTopic>& topics) {
  for (const Set& set : catalog::sets()) {
    for (const catalog::Member& member :
         catalog::members().subspan(set.first_member, set.member_count)) {
      const bool is_named = member.kind == catalog::MemberKind::named;
      if (!is_named || catalog::text(member.name) != word) continue;
      ConstantTopic topic;
      topic.name = catalog::text(member.name);
      topic.set = catalog::text(set.name);
      topic.value = member.value;
      topic.is_flag = set.kind == catalog::SetKind::flags;
      topic.meaning = catalog::find_meaning(topic.set, word);
      topic.used_by = users_of(topic.set, topic.value);
      const auto same = [&](const ConstantTopic& other) { return other.set == topic.set; };
      if (std::ranges::none_of(topics, same)) topics.push_back(std::move(topic));
    }
  }
}

}  // namespace

Topics look_up(std::string_view word) {
  Topics topics;
  const Tables& tables = catalog::tables(Abi::x86_64);
  const std::optional<int> number = decimal(word);
  const Call* const call = number ? catalog::find_call(tables, static_cast<std::uint32_t>(*number))
                                  : catalog::find_call(tables, word);
  if (call != nullptr) topics.calls.push_back(call_topic(tables, *call));
  if (const auto error = number ? number : error_number(word);
      error && !error_name(*error).empty()) {
    topics.errors.push_back(error_topic(*error));
  }
  if (const auto signal = number ? number : signal_number(word);
      signal && !signal_name(*signal).empty()) {
    topics.signals.push_back(
        {signal_name(*signal), *signal, catalog::find_meaning("signal", signal_name(*signal))});
  }
  if (!number) look_up_constants(word, topics.constants);
  return topics;
}

std::string_view failure_words(std::string_view call, std::string_view error) {
  const std::string_view own = catalog::find_meaning(call, error);
  return own.empty() ? catalog::find_meaning("any", error) : own;
}

}  // namespace syscope::explain
