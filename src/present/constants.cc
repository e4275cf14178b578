#include "present/constants.h"

#include <algorithm>

namespace syscope::present {
namespace {

using catalog::Member;
using catalog::Set;

std::span<const Member> members_of(const Set& set) {
  return catalog::members().subspan(set.first_member, set.member_count);
}

void append_unknown_comment(const Set& set, TextBuffer& out) {
  if (set.unknown == 0) return;
  out.append(" /* ");
  out.append(catalog::text(set.unknown));
  out.append(" */");
}

// Writes the names of the bits of `value`, what is left over in hex; says whether any name was
// there.
bool append_names(const Set& set, std::uint64_t value, unsigned width, TextBuffer& out) {
  const std::uint64_t all = low_bytes(~std::uint64_t{0}, width);
  const std::uint64_t absent = ~value & all;
  std::uint64_t rest = value;
  bool any = false;
  for (const Member& member : members_of(set)) {
    if ((member.value & absent) != 0) continue;
    const std::uint64_t mask = member.mask & all;
    const std::uint64_t bits = member.value & all;
    bool has = false;
    if (member.mask == ~std::uint64_t{0}) {
      has = value == bits;
    } else if (mask == bits) {
      has = bits != 0 && (rest & bits) == bits;
    } else {
      has = (value & mask) == bits;
    }
    if (!has) continue;
    if (any) out.append('|');
    out.append(catalog::text(member.name));
    any = true;
    rest &= ~bits;
  }
  if (rest != 0 && any) {
    out.append('|');
    out.append_hex(rest);
  }
  return any;
}

// The positions, among the members of an enumeration, of those with a value.
std::span<const std::uint16_t> positions(const Set& set, std::uint64_t value, unsigned width) {
  const std::uint64_t wanted = low_bytes(value, width);
  const auto sorted = catalog::sorted().subspan(set.by_value, set.member_count);
  const auto value_at = [&](std::uint16_t position) {
    return low_bytes(catalog::members()[set.first_member + position].value, width);
  };
  const auto equal = std::ranges::equal_range(sorted, wanted, {}, value_at);
  return {equal.begin(), equal.end()};
}

}  // namespace

std::string_view constant_name(const Set& set, std::uint64_t value, unsigned width) {
  const auto found = positions(set, value, width);
  if (found.empty()) return {};
  return catalog::text(catalog::members()[set.first_member + found.front()].name);
}

bool append_all_names(const Set& set, std::uint64_t value, unsigned width, TextBuffer& out) {
  bool any = false;
  for (const std::uint16_t position : positions(set, value, width)) {
    if (any) out.append(" or ");
    out.append(catalog::text(catalog::members()[set.first_member + position].name));
    any = true;
  }
  return any;
}

void append_constant(const Set& set, std::uint64_t value, unsigned width, ConstantStyle style,
                     TextBuffer& out) {
  value = low_bytes(value, width);
  if (style == ConstantStyle::raw) return out.append_hex(value);
  const std::string_view name = constant_name(set, value, width);
  if (name.empty()) {
    out.append_hex(value);
    return append_unknown_comment(set, out);
  }
  if (style == ConstantStyle::names) return out.append(name);
  out.append_hex(value);
  out.append(" /* ");
  out.append(name);
  out.append(" */");
}

void append_flags(const Set& set, std::uint64_t value, unsigned width, ConstantStyle style,
                  TextBuffer& out) {
  value = low_bytes(value, width);
  if (style == ConstantStyle::raw) return out.append_hex(value);
  const std::size_t start = out.size();
  if (style == ConstantStyle::verbose) {
    out.append_hex(value);
    out.append(" /* ");
  }
  if (append_names(set, value, width, out)) {
    if (style == ConstantStyle::verbose) out.append(" */");
    return;
  }
  out.truncate(start);
  out.append_hex(value);
  if (value != 0) append_unknown_comment(set, out);
}

}  // namespace syscope::present
