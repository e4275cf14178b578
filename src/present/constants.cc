#include "present/constants.h"

#include <algorithm>
#include <bit>

#include "catalog/find.h"

namespace syscope::present {
namespace {

using catalog::Member;
using catalog::Set;

std::span<const Member> members_of(const Set& set) {
  return catalog::members().subspan(set.first_member, set.member_count);
}

// At least three digits: 000, 0644.
void append_octal_mode(std::uint64_t mode, TextBuffer& out) {
  if (mode > 077) {
    out.append_octal(mode);
  } else {
    out.append_padded(mode, 3, 8);
  }
}

void append_unnamed(const Set& set, std::uint64_t value, unsigned width, TextBuffer& out) {
  if (set.is_decimal && width < 8) return out.append_signed(sign_extended(value, width));
  if (set.is_decimal) return out.append_decimal(value);  // has no sign
  out.append_hex(value);
}

void append_unknown_comment(const Set& set, TextBuffer& out) {
  if (set.unknown == 0) return;
  out.append(" /* ");
  out.append(catalog::text(set.unknown));
  out.append(" */");
}

bool has_member(const Member& member, std::uint64_t value, std::uint64_t rest, std::uint64_t all) {
  const std::uint64_t mask = member.mask & all;
  const std::uint64_t bits = member.value & all;
  if (member.mask == ~std::uint64_t{0}) return value == bits;
  if (mask == bits) return bits != 0 && (rest & bits) == bits;
  return (value & mask) == bits;
}

// Writes the names of flags, and what has none.
class FlagWriter {
 public:
  // `apart`: the mask of a field that is written on its own. `members`: those of the set that
  // count.
  FlagWriter(const Set& set, std::span<const Member> members, std::uint64_t value, unsigned width,
             std::uint64_t apart, TextBuffer& out)
      : set_(set),
        members_(members),
        all_(low_bytes(~std::uint64_t{0}, width)),
        skipped_(apart),
        value_(value),
        rest_(value),
        out_(out) {}

  // Whether anything but the number itself is to be said of the value.
  bool write() {
    for (const Member& member : members_) write_member(member);
    const bool behind = last_ != nullptr;
    if (rest_ != 0 && (any_ || behind || counted_ != nullptr)) {
      next();
      out_.append_hex(rest_);
      if (apart_ && !bit_named_) append_unknown_comment(set_, out_);
    }
    if (counted_ != nullptr) {
      next();
      out_.append_decimal((value_ & counted_->mask) >> std::countr_zero(counted_->mask));
      out_.append("<<");
      out_.append(catalog::text(counted_->name));
    }
    if (!behind || !any_) return any_;
    next();
    out_.append_hex(value_ & last_->mask & all_);
    return true;
  }

 private:
  void next() {
    if (any_) out_.append('|');
    any_ = true;
  }

  void write_member(const Member& member) {
    const std::uint64_t field = value_ & member.mask & all_;
    switch (member.kind) {
      case catalog::MemberKind::named:
        if ((member.value & ~value_ & all_) != 0 || !has_member(member, value_, rest_, all_))
          return;
        if (skipped_ != 0 && member.mask == skipped_) return;
        next();
        out_.append(catalog::text(member.name));
        rest_ &= ~(member.value & all_);
        if (member.mask != member.value) named_field_ = member.mask;
        bit_named_ = bit_named_ || member.mask == member.value;
        return;
      case catalog::MemberKind::otherwise:
        // The bits behind it stand on their own, unless the field is among them.
        apart_ = named_field_ == member.mask || !catalog::text(member.name).empty();
        if (named_field_ == member.mask || !apart_) return;
        next();
        out_.append_hex(field);
        out_.append(" /* ");
        out_.append(catalog::text(member.name));
        out_.append(" */");
        break;
      case catalog::MemberKind::shifted:
        if (field == 0) return;
        next();
        out_.append_hex(field >> std::countr_zero(member.mask));
        out_.append("<<");
        out_.append(catalog::text(member.name));
        break;
      case catalog::MemberKind::counted:
        if (field == 0) return;
        counted_ = &member;
        break;
      case catalog::MemberKind::apart: return;  // append_flags has seen to them
      case catalog::MemberKind::octal: return;
      case catalog::MemberKind::decimal: return;
      case catalog::MemberKind::hex: last_ = &member; break;
      case catalog::MemberKind::behind:
      case catalog::MemberKind::based:
      case catalog::MemberKind::sized: return;
    }
    rest_ &= ~member.mask;
  }

  const Set& set_;
  std::span<const Member> members_;
  std::uint64_t all_;
  std::uint64_t skipped_;
  std::uint64_t value_;
  std::uint64_t rest_;
  TextBuffer& out_;
  std::uint64_t named_field_ = 0;  // the mask of the last field whose value has a name
  const Member* counted_ = nullptr;
  const Member* last_ = nullptr;
  bool any_ = false;
  bool bit_named_ = false;
  bool apart_ = false;
};

// The positions, among the members of an enumeration, of those with a value. Those of
// other kinds come last.
std::span<const std::uint16_t> positions(const Set& set, std::uint64_t value, unsigned width) {
  const std::uint64_t wanted = low_bytes(value, width);
  const auto sorted = catalog::sorted().subspan(set.by_value, set.member_count);
  const auto value_at = [&](std::uint16_t position) {
    return low_bytes(catalog::members()[set.first_member + position].value, width);
  };
  auto equal = std::ranges::equal_range(sorted, wanted, {}, value_at);
  const auto is_other = [&](std::uint16_t position) {
    const Member& member = catalog::members()[set.first_member + position];
    return member.kind != catalog::MemberKind::named;
  };
  while (!equal.empty() && is_other(equal.back())) equal = {equal.begin(), equal.end() - 1};
  return {equal.begin(), equal.end()};
}

void append_bits(const Set& set, std::span<const Member> members, std::uint64_t value,
                 unsigned width, ConstantStyle style, TextBuffer& out, std::uint64_t apart = 0,
                 bool comments = true) {
  if (style == ConstantStyle::raw) return out.append_hex(value);
  const std::size_t start = out.size();
  if (set.is_commented) style = ConstantStyle::verbose;
  if (style == ConstantStyle::verbose) {
    out.append_hex(value);
    out.append(" /* ");
  }
  if (FlagWriter(set, members, value, width, apart, out).write()) {
    if (style == ConstantStyle::verbose) out.append(" */");
    return;
  }
  out.truncate(start);
  out.append_hex(value);
  if (value != 0 && comments) append_unknown_comment(set, out);
}

const Member* find_kind(const Set& set, catalog::MemberKind kind) {
  const auto members = members_of(set);
  const auto found = std::ranges::find(members, kind, &Member::kind);
  return found == members.end() ? nullptr : &*found;
}

const Member* find_value(const Set& set, const Member& field, std::uint64_t value) {
  const auto members = members_of(set);
  const auto found = std::ranges::find_if(members, [&](const Member& member) {
    return member.kind == catalog::MemberKind::named && member.mask == field.mask &&
           member.value == value;
  });
  return found == members.end() ? nullptr : &*found;
}

// A field that is a number of its own: its name, or the number and the comment of unknown ones.
void append_field(const Set& set, const Member& field, std::uint64_t value, ConstantStyle style,
                  TextBuffer& out) {
  const Member* const found = find_value(set, field, value);
  const std::string_view name = catalog::text(found != nullptr ? found->name : field.name);
  if (found != nullptr && style == ConstantStyle::names) return out.append(name);
  out.append_hex(value);
  if (style == ConstantStyle::raw || name.empty()) return;
  out.append(" /* ");
  out.append(name);
  out.append(" */");
}

// 21<<26, and what the distance is called.
void append_counted(const Member& field, std::uint64_t value, ConstantStyle style,
                    TextBuffer& out) {
  const auto distance = static_cast<unsigned>(std::countr_zero(field.mask));
  out.append_decimal(value >> distance);
  out.append("<<");
  out.append_decimal(distance);
  if (style == ConstantStyle::raw) return;
  out.append(" /* ");
  out.append(catalog::text(field.name));
  out.append(" */");
}

// Flags some of which are numbers of their own: PER_BSD|STICKY_TIMEOUTS, and with the numbers
// 0x6 /* PER_BSD */|0x4000000 /* STICKY_TIMEOUTS */.
void append_parts(const Set& set, std::uint64_t value, unsigned width, ConstantStyle style,
                  TextBuffer& out) {
  const std::size_t start = out.size();
  const auto next = [&] {
    if (out.size() != start) out.append('|');
  };
  const Member* field = find_kind(set, catalog::MemberKind::apart);
  const bool comments = field == nullptr || catalog::text(field->name).empty();
  if (field != nullptr && comments && find_value(set, *field, value & field->mask) == nullptr) {
    field = nullptr;  // without a name it is like any other bits
  }
  const std::uint64_t apart = field == nullptr ? 0 : field->mask;
  if (field != nullptr) append_field(set, *field, value & apart, style, out);
  const Member* const counted =
      style == ConstantStyle::names ? nullptr : find_kind(set, catalog::MemberKind::counted);
  const std::uint64_t count = counted == nullptr ? 0 : value & counted->mask;
  const std::uint64_t rest = value & ~apart & ~count;
  if (rest != 0 || (field == nullptr && count == 0)) {
    next();
    append_bits(set, members_of(set), rest, width, style, out, apart | count,
                comments && count == 0);
  }
  if (count == 0) return;
  next();
  append_counted(*counted, count, style, out);
}

// NAME+0x12, where `members` have a base for the number.
bool append_based(std::span<const Member> members, std::uint64_t value, TextBuffer& out) {
  for (const Member& member : members) {
    if (member.kind != catalog::MemberKind::based || (value & member.mask) != member.value)
      continue;
    out.append(catalog::text(member.name));
    out.append('+');
    out.append_hex(value & ~member.mask);
    return true;
  }
  return false;
}

// A field of several bits that stands behind the others: its number or name alone.
void append_field_behind(std::span<const Member> fields, std::uint64_t mask, std::uint64_t value,
                         ConstantStyle style, TextBuffer& out) {
  std::string_view name;
  std::string_view otherwise;
  for (const Member& member : fields) {
    if (member.mask != mask) continue;
    if (member.kind == catalog::MemberKind::otherwise) otherwise = catalog::text(member.name);
    if (member.kind == catalog::MemberKind::named && member.value == value && name.empty()) {
      name = catalog::text(member.name);
    }
  }
  const bool is_verbose = style == ConstantStyle::verbose;
  if (is_verbose) {
    out.append_hex(value);
    out.append(" /* ");
  }
  if (!name.empty()) {
    out.append(name);
  } else if (!append_based(fields, value, out)) {
    if (!is_verbose) {
      out.append_hex(value);
      out.append(" /* ");
    }
    out.append(otherwise);
    if (!is_verbose) out.append(" */");
  }
  if (is_verbose) out.append(" */");
}

// Flags, and fields of several bits behind them, each on its own.
void append_with_fields_behind(const Set& set, std::size_t before, std::uint64_t value,
                               unsigned width, ConstantStyle style, TextBuffer& out) {
  const auto members = members_of(set);
  const auto fields = members.subspan(before + 1);
  std::uint64_t behind = 0;
  for (const Member& field : fields) {
    if (field.kind != catalog::MemberKind::based) behind |= field.mask;
  }
  bool any = (value & ~behind) != 0;
  if (any) append_bits(set, members.first(before), value & ~behind, width, style, out);
  for (std::uint64_t done = 0; const Member& field : fields) {
    if ((field.mask & done) != 0 || field.kind == catalog::MemberKind::based) continue;
    done |= field.mask;
    if (any) out.append('|');
    any = true;
    append_field_behind(fields, field.mask, value & field.mask, style, out);
  }
}

void append_all_bits(const Set& set, std::uint64_t value, unsigned width, ConstantStyle style,
                     TextBuffer& out) {
  const auto members = members_of(set);
  if (set.has_parts) return append_parts(set, value, width, style, out);
  const auto marker = std::ranges::find(members, catalog::MemberKind::behind, &Member::kind);
  if (marker == members.end() || style == ConstantStyle::raw) {
    return append_bits(set, members, value, width, style, out);
  }
  const auto before = static_cast<std::size_t>(marker - members.begin());
  append_with_fields_behind(set, before, value, width, style, out);
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

bool append_sized_name(const Set& set, std::uint64_t request, ConstantStyle style,
                       TextBuffer& out) {
  const auto found = catalog::sized_members_with(set, request);
  if (found.empty()) return false;
  std::string_view name = catalog::text(catalog::members()[set.first_member + found[0]].name);
  const std::size_t comment = name.find(" /*");
  if (style == ConstantStyle::verbose && comment != std::string_view::npos) {
    // Comments do not nest.
    const bool is_closed = name.ends_with(')');
    out.append(name.substr(0, comment));
    if (is_closed) out.append(')');
    if (is_closed) return true;
    name = name.substr(0, name.find('(') + 1);
  } else {
    out.append(name);
  }
  if (name.ends_with(')')) return true;
  out.append(name.find('(') == std::string_view::npos ? "(" : ", ");
  out.append_decimal((request & catalog::ioctl_size_bits) >> 16);
  out.append(')');
  return true;
}

bool append_note(const Set& set, std::uint64_t value, unsigned width, ConstantStyle style,
                 TextBuffer& out) {
  value = low_bytes(value, width);
  if (set.has_parts) {
    append_parts(set, value, width, style, out);
    return true;
  }
  if (style == ConstantStyle::raw) return false;
  if (set.kind == catalog::SetKind::flags)
    return FlagWriter(set, members_of(set), value, width, 0, out).write();
  const std::string_view name = constant_name(set, value, width);
  out.append(name);
  return !name.empty();
}

void append_constant(const Set& set, std::uint64_t value, unsigned width, ConstantStyle style,
                     TextBuffer& out) {
  value = low_bytes(value, width);
  if (style == ConstantStyle::raw) return append_unnamed(set, value, width, out);
  const std::string_view name = constant_name(set, value, width);
  if (name.empty()) {
    if (style == ConstantStyle::names && append_based(members_of(set), value, out)) return;
    append_unnamed(set, value, width, out);
    const std::size_t start = out.size();
    out.append(" /* ");
    if (append_based(members_of(set), value, out)) return out.append(" */");
    out.truncate(start);
    return append_unknown_comment(set, out);
  }
  if (style == ConstantStyle::names && !set.is_commented) return out.append(name);
  append_unnamed(set, value, width, out);
  out.append(" /* ");
  out.append(name);
  out.append(" */");
}

void append_flags(const Set& set, std::uint64_t value, unsigned width, ConstantStyle style,
                  TextBuffer& out) {
  value = low_bytes(value, width);
  const auto members = members_of(set);
  using enum catalog::MemberKind;
  if (!members.empty() && (members.back().kind == octal || members.back().kind == decimal)) {
    const std::uint64_t mode = value & members.back().mask;
    if (value != mode) {
      append_all_bits(set, value & ~mode, width, style, out);
      out.append('|');
    }
    return members.back().kind == octal ? append_octal_mode(mode, out) : out.append_decimal(mode);
  }
  append_all_bits(set, value, width, style, out);
}

}  // namespace syscope::present
