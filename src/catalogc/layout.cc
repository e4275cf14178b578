#include "catalogc/layout.h"

#include <algorithm>

namespace syscope::catalogc {
namespace {

// No struct of the kernel comes near it; it keeps the arithmetic in 32 bits.
constexpr std::uint64_t largest = 1 << 24;
constexpr std::uint32_t skews = 16;
constexpr std::uint32_t behind_align = 4;  // of what follows a header: netlink(7)

std::uint64_t round_up(std::uint64_t value, std::uint64_t align) {
  return (value + align - 1) / align * align;
}

bool contains(const std::vector<Abi>& abis, Abi abi) {
  return std::ranges::find(abis, abi) != abis.end();
}

}  // namespace

Layout::Layout(const Program& program, Constants& constants, Diagnostics& diagnostics, Abi abi)
    : program_(program), constants_(constants), diagnostics_(diagnostics), abi_(abi) {
  for (const bool special : {true, false}) {
    for (const StructNode& node : program_.structs) {
      if (node.abis.empty() == special || (special && !contains(node.abis, abi))) continue;
      const auto [other, fresh] = structs_.try_emplace(node.name, &node);
      if (!fresh && other->second->abis.empty() == node.abis.empty()) {
        diagnostics_.error(node.at, "a second struct '" + node.name + "'");
      }
    }
  }
}

const StructNode* Layout::find_struct(std::string_view name) const {
  const auto found = structs_.find(name);
  return found == structs_.end() ? nullptr : found->second;
}

const StructNode* Layout::need_struct(std::string_view name, Location at) {
  if (const StructNode* const found = find_struct(name)) return found;
  std::vector<std::string_view> names = type_words();
  for (const auto& [known, unused] : structs_) names.push_back(known);
  diagnostics_.error(at, "unknown struct '" + std::string(name) + "'" + did_you_mean(name, names));
  return nullptr;
}

const StructLayout& Layout::of(const StructNode& node, std::uint32_t skew) {
  skew %= skews;
  const auto key = std::pair(&node, skew);
  if (const auto known = layouts_.find(key); known != layouts_.end()) return known->second;
  static const StructLayout none;
  if (std::ranges::find(in_progress_, &node) != in_progress_.end()) {
    diagnostics_.error(node.at, "struct '" + node.name + "' contains itself");
    return none;
  }
  in_progress_.push_back(&node);
  StructLayout layout;
  std::uint64_t bit = 0;
  for (const FieldNode& field : node.fields) place(field, node.packed, skew, layout, bit);
  // The end of a spliced struct is not rounded up: the struct around it goes on behind it.
  const std::uint64_t size = (bit + 7) / 8;
  layout.extent.size =
      static_cast<std::uint32_t>(skew == 0 ? round_up(size, layout.extent.align) : size);
  in_progress_.pop_back();
  return layouts_.emplace(key, std::move(layout)).first->second;
}

// `bit` is the first bit that no field has taken yet.
void Layout::place(const FieldNode& field, bool packed, std::uint32_t skew, StructLayout& layout,
                   std::uint64_t& bit) {
  if (field.offset) {
    const auto offset = constants_.evaluate(*field.offset, abi_);
    if (offset && *offset >= 0 && static_cast<std::uint64_t>(*offset) < largest) {
      bit = static_cast<std::uint64_t>(*offset) * 8;
    }
  }
  if (field.bits) return place_bits(field, packed, layout, bit);
  const bool splice = (field.flags & catalog::field_splice) != 0;
  std::uint64_t offset = (bit + 7) / 8;
  Place place;
  const bool is_behind = (field.flags & catalog::field_behind) != 0;
  place.extent = is_behind ? Extent{0, behind_align, true}
                           : extent(field.type, splice ? static_cast<std::uint32_t>(skew + offset) : 0);
  if (packed) place.extent.align = 1;
  if (!splice && !field.offset) offset = round_up(skew + offset, place.extent.align) - skew;
  if (layout.extent.varies && !field.offset) {
    diagnostics_.error(field.at,
                       "a field behind one whose size is not constant needs an offset (@)");
  }
  if (offset + place.extent.size > largest) {
    diagnostics_.error(field.at, "the struct becomes too large");
    offset = 0;
    place.extent.size = 0;
  }
  place.offset = static_cast<std::uint32_t>(offset);
  bit = (offset + place.extent.size) * 8;
  layout.extent.align = std::max(layout.extent.align, place.extent.align);
  layout.extent.varies = place.extent.varies;
  layout.fields.push_back(place);
}

void Layout::place_bits(const FieldNode& field, bool packed, StructLayout& layout,
                        std::uint64_t& bit) {
  Place place;
  place.extent = extent(field.type);
  const std::uint64_t unit = place.extent.size * std::uint64_t{8};
  const auto width = constants_.evaluate(*field.bits, abi_);
  if (field.type.core != TypeNode::Core::number || unit == 0 || unit > 64 || !width || *width < 1 ||
      static_cast<std::uint64_t>(*width) > unit) {
    diagnostics_.error(field.at, "a bit field needs a number as wide as it, or wider");
    layout.fields.push_back(place);
    return;
  }
  const auto bits = static_cast<std::uint64_t>(*width);
  if (bit / unit != (bit + bits - 1) / unit) bit = round_up(bit, unit);
  place.offset = static_cast<std::uint32_t>(bit / unit * unit / 8);
  place.bit_offset = static_cast<std::uint16_t>(bit % unit);
  place.bit_width = static_cast<std::uint16_t>(bits);
  bit += bits;
  if (!packed) layout.extent.align = std::max(layout.extent.align, place.extent.align);
  layout.fields.push_back(place);
}

Integer Layout::number(const TypeNode& type) {
  if (!type.integer.empty()) return integer(type.integer, abi_);
  const NotationWord* const notation = find_notation(type.notation);
  if (notation != nullptr && !notation->integer.empty()) return integer(notation->integer, abi_);
  const ConstantSet* const set = constants_.find_set(type.set);
  if (set != nullptr) return integer(set->integer, abi_);
  std::vector<std::string_view> names;
  for (const auto& [name, unused] : constants_.sets()) names.push_back(name);
  diagnostics_.error(type.word_at,
                     "unknown set '" + type.set + "'" + did_you_mean(type.set, names));
  return {};
}

Extent Layout::extent(const TypeNode& type, std::uint32_t skew) {
  const std::uint32_t largest_align = word_size(abi_);
  if (type.direction != catalog::Direction::none) {
    const std::uint32_t width =
        type.pointer_integer.empty() ? word_size(abi_) : integer(type.pointer_integer, abi_).width;
    return {width, std::min(width, largest_align), false};
  }
  Extent one = core_extent(type, skew);
  if (!type.length || type.core == TypeNode::Core::memory) return one;
  const auto count = constant(*type.length);
  if (!count) return {0, one.align, true};
  const std::uint64_t size =
      static_cast<std::uint64_t>(*count) * (counts_bytes(type) ? 1 : one.size);
  if (*count < 0 || static_cast<std::uint64_t>(*count) > largest || size > largest) {
    diagnostics_.error(type.length->at, "a length that is negative or too large");
    return one;
  }
  one.size = static_cast<std::uint32_t>(size);
  return one;
}

bool Layout::counts_bytes(const TypeNode& type) const {
  if (type.core == TypeNode::Core::choice) return true;
  if (type.core != TypeNode::Core::named) return false;
  const StructNode* const node = find_struct(type.name);
  return node != nullptr && node->sized;
}

Extent Layout::core_extent(const TypeNode& type, std::uint32_t skew) {
  const std::uint32_t largest_align = word_size(abi_);
  switch (type.core) {
    case TypeNode::Core::number: {
      if (type.notation == "ip6") return {16, 4, false};
      if (type.notation == "mac") return {6, 1, false};
      const std::uint32_t width = number(type).width;
      return {width, std::min(width, largest_align), false};
    }
    case TypeNode::Core::named: {
      const StructNode* const node = need_struct(type.name, type.word_at);
      return node == nullptr ? Extent{} : of(*node, skew).extent;
    }
    case TypeNode::Core::memory: return memory_extent(type);
    case TypeNode::Core::group: return extent(*type.inner, skew);
    case TypeNode::Core::attributes:
    case TypeNode::Core::chain: return {0, behind_align, true};
    case TypeNode::Core::choice: break;
  }
  Extent widest;
  const auto widen = [&](const TypeNode& alternative) {
    const Extent here = extent(alternative, skew);
    widest.size = std::max(widest.size, here.size);
    widest.align = std::max(widest.align, here.align);
    widest.varies = widest.varies || here.varies;
  };
  for (const CaseNode& entry : type.cases) widen(*entry.type);
  if (type.otherwise) widen(*type.otherwise);
  return widest;
}

// Memory that stands in a struct itself. Signal sets of the kernel have 64 bits: sigaction(2).
Extent Layout::memory_extent(const TypeNode& type) {
  const bool words = type.name == "sigset" || type.name == "fdset" || type.name == "cpuset";
  const std::uint32_t align = words ? word_size(abi_) : 1;
  if (!type.length) return type.name == "sigset" ? Extent{8, align, false} : Extent{0, align, true};
  const auto length = constant(*type.length);
  if (!length) return {0, align, true};
  const std::int64_t bytes = type.name == "fdset" ? (*length + 7) / 8 : *length;
  if (bytes < 0 || static_cast<std::uint64_t>(bytes) > largest) {
    diagnostics_.error(type.length->at, "a length that is negative or too large");
    return {};
  }
  return {static_cast<std::uint32_t>(bytes), align, false};
}

bool Layout::is_constant(const Expr& expr) const {
  if (expr.kind == Expr::Kind::pointee) return false;
  if (expr.kind == Expr::Kind::name && !constants_.is_member(expr.text)) return false;
  return std::ranges::all_of(expr.operands, [this](const Expr& e) { return is_constant(e); });
}

std::optional<std::int64_t> Layout::constant(const Expr& expr) {
  return is_constant(expr) ? constants_.evaluate(expr, abi_) : std::nullopt;
}

}  // namespace syscope::catalogc
