#include <algorithm>
#include <array>

#include "abi/abi.h"
#include "catalog/find.h"
#include "explain/words.h"

namespace syscope::explain {
namespace {

using catalog::Call;
using catalog::Notation;
using catalog::Param;
using catalog::Prototype;
using catalog::Tables;
using catalog::Type;
using catalog::TypeKind;

constexpr std::array<std::pair<Abi, std::string_view>, 3> abis = {
    {{Abi::x86_64, "x86-64"}, {Abi::i386, "i386"}, {Abi::arm64, "arm64"}}};

bool has_path(const Tables& tables, const Type& type) {
  return type.kind == TypeKind::pointer && type.element < tables.types.size() &&
         tables.types[type.element].kind == TypeKind::path;
}

// The groups of meanings that a call's own parameters make likely, most telling first.
std::vector<std::string_view> groups(const Tables& tables, const Prototype& prototype) {
  bool path = false;
  bool descriptor = false;
  bool address = false;
  for (const Param& param : tables.params.subspan(prototype.first_param, prototype.param_count)) {
    const Type& type = tables.types[param.type];
    path |= has_path(tables, type);
    address |= type.kind == TypeKind::pointer;
    descriptor |= type.kind == TypeKind::number &&
                  (type.notation == Notation::fd || type.notation == Notation::dirfd);
  }
  std::vector<std::string_view> found;
  if (path) found.emplace_back("path");
  if (descriptor) found.emplace_back("fd");
  if (address) found.emplace_back("address");
  if (prototype.plan.may_block != 0) found.emplace_back("waits");
  return found;
}

std::vector<Meaning> errors_of(const Tables& tables, const Prototype& prototype,
                               std::string_view name) {
  std::vector<Meaning> errors;
  std::vector<std::string_view> subjects = {name};
  const auto likely = groups(tables, prototype);
  subjects.insert(subjects.end(), likely.begin(), likely.end());
  for (const std::string_view subject : subjects) {
    for (const catalog::Meaning& meaning : catalog::find_meanings(subject)) {
      const std::string_view error = catalog::text(meaning.name);
      if (std::ranges::find(errors, error, &Meaning::name) != errors.end()) continue;
      errors.push_back({error, catalog::text(meaning.text)});
    }
  }
  return errors;
}

std::string result_in_words(const Tables& tables, const Prototype& prototype) {
  if (prototype.result == catalog::nothing) return "it does not return";
  const Type& type = tables.types[prototype.result];
  if (type.notation == Notation::fd) return "a new descriptor, or -1";
  if (type.notation == Notation::dec) return "0 or a number, or -1";
  return type_in_words(tables, prototype.result) + ", or -1";
}

std::string waits_in_words(const Tables& tables, const Prototype& prototype) {
  for (const catalog::Effect& effect :
       tables.effects.subspan(prototype.first_effect, prototype.effect_count)) {
    if (effect.kind != catalog::EffectKind::waits || effect.operand_count == 0) continue;
    for (const Param& param : tables.params.subspan(prototype.first_param, prototype.param_count)) {
      if (param.argument == effect.operands[0]) return std::string(catalog::text(param.name));
    }
  }
  return {};
}

}  // namespace

std::vector<Param> own_parameters(const Tables& tables, const Prototype& prototype) {
  std::vector<Param> own;
  for (const Param& param : tables.params.subspan(prototype.first_param, prototype.param_count)) {
    const auto known = std::ranges::find(own, param.argument, &Param::argument);
    if (known != own.end()) {
      known->condition = catalog::nothing;  // it is there in one form or another
    } else if (!param.joined) {
      own.push_back(param);
    }
  }
  return own;
}

CallTopic call_topic(const Tables& tables, const Call& call) {
  const Prototype& prototype = tables.prototypes[call.prototype];
  CallTopic topic;
  topic.name = catalog::text(call.name);
  topic.summary = catalog::text(call.summary);
  topic.declaration = declaration(tables, call);
  for (const Param& param : own_parameters(tables, prototype)) {
    std::string words = type_in_words(tables, param.type);
    if (param.condition != catalog::nothing) words += "; not always there";
    topic.arguments.push_back({catalog::text(param.name), std::move(words)});
  }
  topic.result = result_in_words(tables, prototype);
  topic.waits_for = waits_in_words(tables, prototype);
  for (std::size_t bit = 0; bit < catalog::classes().size() && bit < 32; ++bit) {
    if (call.classes >> bit & 1) topic.classes.push_back(catalog::classes()[bit]);
  }
  for (const auto& [abi, label] : abis) {
    const Call* const same = catalog::find_call(catalog::tables(abi), topic.name);
    if (same != nullptr) topic.numbers.emplace_back(label, same->number);
  }
  if (call.variants < tables.variant_tables.size()) {
    const catalog::Variants& variants = tables.variant_tables[call.variants];
    topic.variants = variants.count;
    for (int i = 0; i < variants.argument_count; ++i) {
      const std::size_t argument = variants.arguments[i];
      if (argument < topic.arguments.size())
        topic.selected_by.push_back(topic.arguments[argument].name);
    }
  }
  topic.errors = errors_of(tables, prototype, topic.name);
  return topic;
}

}  // namespace syscope::explain
