// The arithmetic of the catalog over what a record holds.
#include "decode/decoder.h"

namespace syscope::decode {

using catalog::Expression;
using catalog::Operator;

namespace {

// Wraps around instead of overflowing; a division by zero is zero.
std::int64_t apply(Operator op, std::int64_t left, std::int64_t right) {
  const auto a = static_cast<std::uint64_t>(left);
  const auto b = static_cast<std::uint64_t>(right);
  switch (op) {
    case Operator::add: return static_cast<std::int64_t>(a + b);
    case Operator::subtract: return static_cast<std::int64_t>(a - b);
    case Operator::multiply: return static_cast<std::int64_t>(a * b);
    case Operator::divide: return right == 0 || right == -1 ? 0 : left / right;
    case Operator::bit_and: return left & right;
    case Operator::bit_or: return left | right;
    case Operator::shift_left: return b < 64 ? static_cast<std::int64_t>(a << b) : 0;
    case Operator::shift_right: return b < 64 ? static_cast<std::int64_t>(a >> b) : 0;
    case Operator::equal: return left == right;
    case Operator::not_equal: return left != right;
    case Operator::less: return left < right;
    case Operator::greater: return left > right;
    case Operator::less_equal: return left <= right;
    case Operator::greater_equal: return left >= right;
    case Operator::logical_and:
    case Operator::logical_or: return right != 0;  // the left one has left it open
    default: return 0;
  }
}

}  // namespace

std::optional<std::int64_t> Decoder::load_field(Bytes bytes, const Expression& node) {
  const auto offset = static_cast<std::uint64_t>(node.value);
  if (offset > bytes.size() || bytes.size() - offset < node.width) return std::nullopt;
  return extended(load_unsigned(bytes.data() + offset, node.width), node.width, node.is_signed);
}

std::optional<std::int64_t> Decoder::pointee_value(const Expression& node, const Scope& scope) {
  const std::uint64_t address = argument(static_cast<unsigned>(node.value) % 6);
  if (address == 0) return std::nullopt;
  const Captured captured = memory_.find(address, scope.phase, node.width);
  if (captured.bytes.size() < node.width) return std::nullopt;
  return extended(load_unsigned(captured.bytes.data(), node.width), node.width, node.is_signed);
}

// What evaluate() does not answer at once.
std::optional<std::int64_t> Decoder::compute(const Expression& node, const Scope& scope) {
  switch (node.op) {
    case Operator::pointee: return pointee_value(node, scope);
    case Operator::fill: return scope.fill;
    case Operator::field: return load_field(scope.here, node);
    case Operator::outer: return load_field(scope.outer, node);
    case Operator::after: return scope.phase == Phase::exit ? 1 : 0;
    case Operator::protocol: return netlink_protocol();
    case Operator::position: return scope.position;
    case Operator::sibling: return sibling_key(scope.siblings, node.value);
    case Operator::available: return static_cast<std::int64_t>(scope.available);
    default: return operate(node, scope);
  }
}

std::optional<std::int64_t> Decoder::operate(const Expression& node, const Scope& scope) {
  const auto left = evaluate(node.left, scope);
  if (!left) return std::nullopt;
  switch (node.op) {
    case Operator::bit_not: return ~*left;
    case Operator::logical_not: return *left == 0;
    case Operator::logical_and:
      if (*left == 0) return 0;
      break;
    case Operator::logical_or:
      if (*left != 0) return 1;
      break;
    default: break;
  }
  const auto right = evaluate(node.right, scope);
  if (!right) return std::nullopt;
  return apply(node.op, *left, *right);
}

// A length; nothing if it is negative or cannot be known. A number without a sign is never
// negative.
std::optional<std::uint64_t> Decoder::evaluate_length(catalog::Index index, const Scope& scope) {
  const auto value = evaluate(index, scope);
  if (!value || (*value < 0 && tables_.expressions[index].is_signed)) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

// A capacity, as of the entry. Only what stands behind an argument differs between the phases.
std::optional<std::uint64_t> Decoder::capacity_of(const catalog::Type& type, const Scope& scope) {
  const Operator op = tables_.expressions[type.length].op;
  if (scope.phase == Phase::entry || has_room(type) || op == Operator::argument || op == Operator::constant) {
    return evaluate_length(type.length, scope);
  }
  Scope at_entry = scope;
  at_entry.phase = Phase::entry;
  if (type.filled != catalog::nothing && scope.at != 0) {  // fields as they were handed over
    const Captured before = memory_.find(scope.at, Phase::entry, scope.here.size());
    if (before.bytes.size() >= scope.here.size()) {
      at_entry.here = before.bytes.first(scope.here.size());
    }
  }
  return evaluate_length(type.length, at_entry);
}

// The length of what a pointer refers to: the capacity, and at exit no more than was filled. Types
// without a length are as long as what was captured.
std::optional<std::uint64_t> Decoder::length(const catalog::Type& pointer,
                                             const catalog::Type& type, const Scope& scope) {
  const catalog::Type& from = type.length != catalog::nothing ? type : pointer;
  std::uint64_t capacity = ~std::uint64_t{0};
  if (from.length != catalog::nothing) {
    const auto value = capacity_of(from, scope);
    if (!value) return std::nullopt;
    capacity = *value;
  }
  if (from.filled != catalog::nothing && (scope.phase == Phase::exit || has_room(from))) {
    const auto filled = evaluate(from.filled, scope);
    if (!filled) return std::nullopt;
    capacity = std::min(capacity, static_cast<std::uint64_t>(std::max<std::int64_t>(*filled, 0)));
  }
  return capacity;
}

}  // namespace syscope::decode
