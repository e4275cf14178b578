#include "catalogc/constants.h"

#include <algorithm>

#include "catalogc/words.h"

namespace syscope::catalogc {
namespace {

using catalog::Operator;
using Preferred = std::span<const ConstantSet* const>;

std::string quoted(std::string_view word) { return "'" + std::string(word) + "'"; }

// _IOC() of <asm-generic/ioctl.h>: direction, size, type, number.
std::int64_t ioctl_number(std::uint64_t direction, std::uint64_t type, std::uint64_t number,
                          std::uint64_t size) {
  return static_cast<std::int64_t>(direction << 30 | size << 16 | type << 8 | number);
}

// A member that stands for another one on purpose: its value is that one's name.
bool is_alias(const MemberNode& member) {
  return member.value.common && member.value.common->kind == Expr::Kind::name;
}

// Whether some of `flags` together are exactly `bits`.
bool made_of(std::uint64_t bits, const std::vector<std::uint64_t>& flags) {
  std::uint64_t sum = 0;
  for (const std::uint64_t flag : flags) sum |= (flag & ~bits) == 0 ? flag : 0;
  return sum == bits;
}

}  // namespace

std::optional<std::int64_t> apply(Operator op, std::int64_t left, std::int64_t right) {
  const auto a = static_cast<std::uint64_t>(left);
  const auto b = static_cast<std::uint64_t>(right);
  switch (op) {
    case Operator::add: return static_cast<std::int64_t>(a + b);
    case Operator::subtract: return static_cast<std::int64_t>(a - b);
    case Operator::multiply: return static_cast<std::int64_t>(a * b);
    case Operator::divide:
      if (right == 0) return std::nullopt;
      return right == -1 ? static_cast<std::int64_t>(0 - a) : left / right;
    case Operator::bit_and: return left & right;
    case Operator::bit_or: return left | right;
    case Operator::bit_not: return ~left;
    case Operator::shift_left: return b < 64 ? static_cast<std::int64_t>(a << b) : 0;
    case Operator::shift_right: return b < 64 ? static_cast<std::int64_t>(a >> b) : 0;
    case Operator::equal: return left == right;
    case Operator::not_equal: return left != right;
    case Operator::less: return left < right;
    case Operator::greater: return left > right;
    case Operator::less_equal: return left <= right;
    case Operator::greater_equal: return left >= right;
    case Operator::logical_and: return left != 0 && right != 0;
    case Operator::logical_or: return left != 0 || right != 0;
    case Operator::logical_not: return left == 0;
    default: return std::nullopt;
  }
}

Constants::Constants(const Program& program, Diagnostics& diagnostics)
    : program_(program), diagnostics_(diagnostics) {
  for (const SetNode& node : program_.sets) {
    if (!node.extends) add_set(node);
  }
  for (const SetNode& node : program_.sets) {
    const auto set = sets_.find(node.name);
    if (set == sets_.end()) {
      std::vector<std::string_view> names;
      for (const auto& [name, unused] : sets_) names.push_back(name);
      diagnostics_.error(
          node.at, "no set " + quoted(node.name) + " to extend" + did_you_mean(node.name, names));
      continue;
    }
    if (node.kind != set->second.kind) {
      diagnostics_.error(node.at, quoted(node.name) + " is an enum in one place, flags in another");
    }
    for (const MemberNode& member : node.members) {
      set->second.members.push_back(&member);
      if (!has_number(member)) continue;
      by_name_[member.name].push_back({&set->second, &member});
    }
  }
}

void Constants::add_set(const SetNode& node) {
  ConstantSet set{.name = node.name,
                  .at = node.at,
                  .kind = node.kind,
                  .integer = node.integer.empty() ? "int" : node.integer,
                  .unknown = node.unknown,
                  .ambiguous = node.ambiguous,
                  .is_decimal = node.is_decimal,
                  .is_commented = node.is_commented,
                  .members = {}};
  if (!sets_.try_emplace(node.name, std::move(set)).second) {
    diagnostics_.error(node.at, "a second set " + quoted(node.name) + ": write 'extend' before it");
  }
}

const ConstantSet* Constants::find_set(std::string_view name) const {
  const auto set = sets_.find(name);
  return set == sets_.end() ? nullptr : &set->second;
}

bool Constants::is_sized(std::string_view name) const {
  const auto places = by_name_.find(name);
  return places != by_name_.end() &&
         places->second.front().member->kind == catalog::MemberKind::sized;
}

std::vector<std::string_view> Constants::member_names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, unused] : by_name_) names.push_back(name);
  return names;
}

std::optional<std::int64_t> Constants::value(const MemberNode& member, Abi abi) {
  const auto key = std::pair(&member, abi);
  if (const auto known = values_.find(key); known != values_.end()) return known->second;
  if (!in_progress_.insert(key).second || in_progress_.size() > 100) {
    diagnostics_.error(member.at, quoted(member.name) + " is defined by itself");
    return std::nullopt;
  }
  const auto special = member.value.special.find(abi);
  const auto& expr = special == member.value.special.end() ? member.value.common : special->second;
  std::optional<std::int64_t> result;
  if (expr) {
    const Place place = by_name_.find(member.name)->second.front();
    result = evaluate(*expr, abi, std::array{place.set});
  }
  in_progress_.erase(key);
  values_[key] = result;
  return result;
}

std::optional<std::int64_t> Constants::value(std::string_view name, Location at, Abi abi,
                                             Preferred preferred) {
  const auto places = by_name_.find(name);
  if (places == by_name_.end()) {
    diagnostics_.error(at, "unknown name " + quoted(name) + did_you_mean(name, member_names()));
    return std::nullopt;
  }
  for (const ConstantSet* const set : preferred) {
    for (const Place& place : places->second) {
      if (place.set == set) return value(*place.member, abi);
    }
  }
  std::optional<std::int64_t> result;
  for (const Place& place : places->second) {
    const auto here = value(*place.member, abi);
    if (result && here && *here != *result) {
      diagnostics_.error(at, quoted(name) + " has different values in the sets " +
                                 quoted(places->second.front().set->name) + " and " +
                                 quoted(place.set->name));
      return std::nullopt;
    }
    if (here) result = here;
  }
  return result;
}

std::optional<std::int64_t> Constants::evaluate(const Expr& expr, Abi abi, Preferred preferred) {
  switch (expr.kind) {
    case Expr::Kind::number: return static_cast<std::int64_t>(expr.value);
    case Expr::Kind::name: return value(expr.text, expr.at, abi, preferred);
    case Expr::Kind::macro: return evaluate_macro(expr, abi, preferred);
    case Expr::Kind::pointee:
      diagnostics_.error(expr.at, "a constant cannot depend on memory");
      return std::nullopt;
    case Expr::Kind::unary:
    case Expr::Kind::binary: break;
  }
  std::int64_t numbers[2] = {};
  for (std::size_t i = 0; i < expr.operands.size() && i < 2; ++i) {
    const auto number = evaluate(expr.operands[i], abi, preferred);
    if (!number) return std::nullopt;
    numbers[i] = *number;
  }
  const auto result = apply(expr.op, numbers[0], numbers[1]);
  if (!result) diagnostics_.error(expr.at, "division by zero");
  return result;
}

std::optional<std::int64_t> Constants::evaluate_macro(const Expr& expr, Abi abi,
                                                      Preferred preferred) {
  std::uint64_t numbers[4] = {};
  for (std::size_t i = 0; i < expr.operands.size() && i < 4; ++i) {
    const auto number = evaluate(expr.operands[i], abi, preferred);
    if (!number) return std::nullopt;
    numbers[i] = static_cast<std::uint64_t>(*number);
  }
  std::uint64_t size = 0;
  if (expr.type) {
    const auto bytes = sizer_ ? sizer_(*expr.type, abi) : std::nullopt;
    if (!bytes) {
      diagnostics_.error(expr.type->at, "a type without a fixed size");
      return std::nullopt;
    }
    size = *bytes;
  }
  if (expr.text == "sizeof") return static_cast<std::int64_t>(size);
  if (expr.text == "_IOC") return ioctl_number(numbers[0], numbers[1], numbers[2], numbers[3]);
  if (expr.text == "_IOW") return ioctl_number(1, numbers[0], numbers[1], size);
  if (expr.text == "_IOR") return ioctl_number(2, numbers[0], numbers[1], size);
  if (expr.text == "_IOWR") return ioctl_number(3, numbers[0], numbers[1], size);
  return ioctl_number(0, numbers[0], numbers[1], 0);
}

void Constants::check() {
  for (const auto& [name, set] : sets_) {
    for (const Abi abi : compiled_abis) check_set(set, abi);
  }
}

void Constants::check_enum_member(const ConstantSet& set, const MemberNode& member,
                                  std::uint64_t value,
                                  std::map<std::uint64_t, const MemberNode*>& seen) {
  const auto [first, fresh] = seen.try_emplace(value, &member);
  if (fresh || set.ambiguous || is_alias(member) || is_alias(*first->second)) return;
  diagnostics_.error(member.at, quoted(member.name) + " has the value of " +
                                    quoted(first->second->name) + " in " + quoted(set.name) +
                                    ": if both are meant, write its name as the value");
}

void Constants::check_set(const ConstantSet& set, Abi abi) {
  const unsigned width = integer(set.integer, abi).width;
  std::set<std::string_view> names;
  std::map<std::uint64_t, const MemberNode*> seen;
  std::vector<std::uint64_t> flags;
  for (const MemberNode* const member : set.members) {
    if (!has_number(*member)) continue;
    if (!names.insert(member->name).second) {
      diagnostics_.error(member->at, quoted(member->name) + " is already in " + quoted(set.name));
    }
    const auto number = value(*member, abi);
    if (!number) continue;
    const std::uint64_t bits = cut_to(static_cast<std::uint64_t>(*number), width);
    const bool fits =
        *number < 0
            ? static_cast<std::int64_t>(bits << (64 - width * 8)) >> (64 - width * 8) == *number
            : bits == static_cast<std::uint64_t>(*number);
    if (!fits) {
      diagnostics_.error(member->at, quoted(member->name) + " does not fit into '" + set.integer +
                                         "', the type of " + quoted(set.name));
    }
    if (member->kind == catalog::MemberKind::sized) {
      if ((bits & catalog::ioctl_size_bits) != 0) {
        diagnostics_.error(member->at, quoted(member->name) + " has a size, though it may be any");
      }
    } else if (member->kind == catalog::MemberKind::based) {
      continue;  // numbers on from it may have names of their own
    } else if (set.kind == catalog::SetKind::enumeration) {
      check_enum_member(set, *member, bits, seen);
    } else if (member->mask) {
      const auto mask = evaluate(*member->mask, abi, std::array{&set});
      if (mask && (bits & ~static_cast<std::uint64_t>(*mask)) != 0) {
        diagnostics_.error(member->at, quoted(member->name) + " has bits outside of its mask");
      }
    } else if (bits == 0 && !member->zero) {
      diagnostics_.error(member->at, quoted(member->name) + " has no bit: put it into zero { }");
    } else if (bits != 0 && !is_alias(*member) && made_of(bits, flags)) {
      diagnostics_.error(member->at, quoted(member->name) +
                                         " is made of flags before it, and would " +
                                         "never be shown: put it before them");
    } else {
      flags.push_back(bits);
    }
  }
}

}  // namespace syscope::catalogc
