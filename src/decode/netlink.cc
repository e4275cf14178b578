// Netlink: messages and nested attributes, netlink(7). The catalog says what they hold; here is how
// they follow each other. Nothing that they say of their lengths is trusted.
#include <algorithm>
#include <bit>

#include "catalog/find.h"
#include "decode/decoder.h"

namespace syscope::decode {

using catalog::AttributeTable;
using catalog::Case;
using catalog::Notation;
using catalog::Struct;
using catalog::Type;
using catalog::TypeKind;

namespace {

constexpr std::uint64_t header_size = 4;  // struct nlattr
constexpr unsigned nested = 0x8000;       // NLA_F_NESTED
constexpr unsigned network_order = 0x4000;
constexpr unsigned number_mask = 0x3fff;
constexpr unsigned most_siblings = 64;  // that a look-up goes through

constexpr std::uint64_t aligned(std::uint64_t size) { return (size + 3) & ~std::uint64_t{3}; }

// How much follows an element that takes `size` of `left` bytes; nothing may follow one that is
// shorter than its own header.
constexpr std::uint64_t rest_behind(std::uint64_t size, std::uint64_t header, std::uint64_t left) {
  return size >= header && left > aligned(size) ? left - aligned(size) : 0;
}

}  // namespace

Place Place::part(std::uint64_t offset, std::uint64_t count) const {
  const std::uint64_t all = size();
  count = offset < all ? std::min(count, all - offset) : 0;
  const std::uint64_t known =
      offset < bytes.size() ? std::min<std::uint64_t>(bytes.size() - offset, count) : 0;
  return {.bytes = known != 0 ? bytes.subspan(offset, known) : Bytes{},
          .address = address + offset,
          .cut = cut && known < count,
          .missing = count - known};
}

void Decoder::messages_behind(const Type& type, std::uint64_t address, std::uint64_t size,
                              std::string_view name, const Scope& around) {
  const Captured captured = memory_.find(address, around.phase, size);
  if (!captured.found && size != 0) return add_missing(name, address, captured.reason());
  const std::uint64_t known = std::min<std::uint64_t>(captured.bytes.size(), size);
  const Place place{captured.bytes.first(known), address, captured.cut && known < size,
                    size - known};
  Scope scope = around;
  scope.available = size;
  scope.in_attribute = scope.in_list = false;
  if (size == 0) return hex_payload(place, name);
  payload(&this->type(type.element), place, name, scope);
}

// How many bytes a value of that type takes at least, of `size` that there should be; ~0 if it does
// not fit.
std::uint64_t Decoder::needed(const Type& type, std::uint64_t size) const {
  constexpr std::uint64_t too_much = ~std::uint64_t{0};
  const auto at_least = [&](std::uint64_t least) { return size >= least ? least : too_much; };
  switch (type.kind) {
    case TypeKind::number:
      if (type.set != catalog::nothing && size > 8) return too_much;
      if ((type.flags & catalog::type_any_width) != 0) return size <= 8 ? size : too_much;
      return at_least(type.width);
    case TypeKind::structure: {
      const Struct& structure = tables_.structs[type.element];
      if ((structure.flags & catalog::struct_first) != 0) return at_least(1);
      if ((structure.flags & catalog::struct_sized) != 0) return at_least(fixed_size(structure));
      if (!has_members(structure)) return 0;
      return at_least(structure.size);
    }
    case TypeKind::array:
      return at_least(type.size != 0 ? type.size : this->type(type.element).size);
    case TypeKind::attributes:
    case TypeKind::chain:
    case TypeKind::string:
    case TypeKind::path: return 0;
    case TypeKind::hook:
      if (type.size != 0) return at_least(type.size);
      // A list that says how long it is ends where it can be read no further.
      return std::min<std::uint64_t>(size,
                                     type.length != catalog::nothing ? 1 : options_.string_limit);
    default: return type.size != 0 ? at_least(type.size) : size;
  }
}

// Of a struct whose end may be missing: what has to be there.
std::uint64_t Decoder::fixed_size(const Struct& structure) const {
  const auto fields = tables_.fields.subspan(structure.first_field, structure.field_count);
  const auto tail = std::ranges::find_if(
      fields, [](const catalog::Field& field) { return field.condition != catalog::nothing; });
  return tail == fields.end() ? 1 : tail->offset;
}

// What an attribute, or a message behind its header, holds. Bytes that no type fits are shown in
// hexadecimal.
void Decoder::payload(const Type* chosen, const Place& place, std::string_view name,
                      const Scope& scope) {
  for (unsigned left = most_depth; chosen != nullptr && chosen->kind == TypeKind::choice; --left) {
    chosen = left != 0 ? choose(*chosen, scope) : nullptr;
  }
  if (depth_ >= most_depth || exhausted_) return add_ellipsis();
  const bool is_plain =
      chosen == nullptr || (chosen->kind == TypeKind::bytes && chosen->length == catalog::nothing);
  const std::uint64_t least = is_plain ? 0 : needed(*chosen, place.size());
  if (is_plain || least > place.size()) return hex_payload(place, name);
  if (place.bytes.size() < least) return add_unreadable(place, false, name);
  ++depth_;
  if ((chosen->flags & catalog::type_any_width) != 0 && chosen->kind == TypeKind::number) {
    std::uint64_t raw = 0;
    std::copy_n(place.bytes.data(), least, reinterpret_cast<std::byte*>(&raw));
    Type number = *chosen;
    number.flags = 0;
    number.width = std::max(chosen->width, std::bit_ceil(static_cast<std::uint8_t>(least)));
    add_typed(number, raw, name);
  } else if (chosen->kind == TypeKind::string && chosen->length == catalog::nothing) {
    text_payload(place, name);
  } else {
    from_memory(*chosen, place, name, scope);
  }
  --depth_;
}

void Decoder::add_unreadable(const Place& place, bool in_array, std::string_view name) {
  if (place.cut) return add_ellipsis();
  if (in_array) return add_end_of_memory(place.address);
  add_address(name, place.address);
}

// The NUL at the end is expected, and not shown.
void Decoder::text_payload(const Place& place, std::string_view name) {
  const std::uint64_t limit = options_.string_limit;
  if (place.bytes.size() < std::min(place.size(), limit)) return add_unreadable(place, false, name);
  const bool whole = place.missing == 0;
  const bool ended = whole && !place.bytes.empty() && place.bytes.back() == std::byte{0};
  const Bytes text = ended ? place.bytes.first(place.bytes.size() - 1) : place.bytes;
  const std::size_t shown = std::min<std::size_t>(text.size(), limit);
  add_string(name, text.first(shown), !ended || shown < text.size());
}

void Decoder::hex_payload(const Place& place, std::string_view name) {
  const std::uint64_t shown = std::min<std::uint64_t>(place.size(), options_.string_limit);
  if (place.bytes.size() < shown) return add_unreadable(place, false, name);
  add({.kind = ValueKind::string,
       .notation = Notation::hex,
       .more = shown < place.size(),
       .name = name,
       .bytes = place.bytes.first(shown)});
}

// Structs one behind the other, each with what follows it up to the next one: netlink messages,
// next hops of a route. One alone stands without brackets.
void Decoder::chain_in(const Type& type, const Place& all, std::string_view name,
                       const Scope& scope) {
  const Struct& structure = tables_.structs[type.element];
  const unsigned width = this->type(tables_.fields[structure.first_field].type).width;
  const auto measured = type.length == catalog::nothing ? std::optional(all.size())
                                                        : evaluate_length(type.length, scope);
  Place place = all.part(0, measured.value_or(0));
  Scope inner = scope;
  inner.in_list = false;
  std::optional<std::uint32_t> array;
  for (std::uint64_t count = 0; !exhausted_; ++count) {
    const std::string_view own_name = array ? std::string_view{} : name;
    if (place.size() < structure.size || width == 0 || width > 8) {
      hex_payload(place, own_name);
      break;
    }
    if (place.bytes.size() < structure.size) {
      add_unreadable(place, array.has_value(), name);
      break;
    }
    if (array && count == shown(count + 1)) {
      tape_[*array].more = true;
      break;
    }
    const std::uint64_t length = load_unsigned(place.bytes.data(), width);
    const std::uint64_t rest = rest_behind(length, structure.size, place.size());
    const bool is_part = rest != 0 || (scope.in_attribute && length < place.size());
    if (is_part && !array) array = open(ValueKind::array, name);
    structure_in(type, place.part(0, std::max<std::uint64_t>(length, structure.size)),
                 structure.size, array ? std::string_view{} : name, inner);
    if (rest == 0) break;
    place = place.part(aligned(length), rest);
  }
  if (array) close(*array);
}

void Decoder::attributes_in(const Type& type, const Place& all, std::string_view name,
                            const Scope& around) {
  const AttributeTable& table = tables_.attribute_tables[type.element];
  Place place = all;
  Scope scope = around;
  scope.in_attribute = scope.in_list = true;
  std::optional<std::uint32_t> array;
  for (std::uint64_t count = 0; !exhausted_; ++count) {
    if (place.size() < header_size) {
      hex_payload(place, array ? std::string_view{} : name);
      break;
    }
    if (place.bytes.size() < header_size) {
      add_unreadable(place, array.has_value(), name);
      break;
    }
    if (array && count == shown(count + 1)) {
      tape_[*array].more = true;
      break;
    }
    const std::uint64_t length = load<std::uint16_t>(place.bytes.data());
    const std::uint64_t rest = rest_behind(length, header_size, place.size());
    if (rest != 0 && !array) array = open(ValueKind::array, name);
    scope.siblings = all.bytes.first(all.bytes.size() - place.bytes.size());
    attribute(table, place.part(0, std::max(length, header_size)), scope);
    if (rest == 0) break;
    place = place.part(aligned(length), rest);
  }
  if (array) close(*array);
}

// One attribute: its header, and what it holds beside it.
void Decoder::attribute(const AttributeTable& table, const Place& place, const Scope& around) {
  static const catalog::Index flag_names = catalog::find_set("nla_flags");
  const auto length = load<std::uint16_t>(place.bytes.data());
  const unsigned raw = load<std::uint16_t>(place.bytes.data() + 2);
  const bool has_data = place.size() > header_size;
  const std::uint32_t pair = has_data ? open(ValueKind::array, {}) : 0;
  const std::uint32_t header = open(ValueKind::structure, {});
  add_number("nla_len", length, Notation::dec, 2);
  const bool in_parts = (raw & ~number_mask) != 0;
  const std::uint32_t parts = in_parts ? open(ValueKind::parts, "nla_type") : 0;
  for (const unsigned flag : {nested, network_order}) {
    if ((raw & flag) != 0) add_number({}, flag, Notation::symbol, 2, false, flag_names);
  }
  add_number(in_parts ? std::string_view{} : "nla_type", raw & number_mask, Notation::symbol, 2,
             false, table.set);
  if (in_parts) close(parts);
  close(header);
  if (!has_data) return;
  Scope scope = around;
  scope.available = place.size() - header_size;
  payload(attribute_type(table, raw & number_mask), place.part(header_size, scope.available), {},
          scope);
  close(pair);
}

const Type* Decoder::attribute_type(const AttributeTable& table, unsigned number) const {
  const auto cases = tables_.cases.subspan(table.first_case, table.case_count);
  const auto found = std::ranges::lower_bound(cases, std::int64_t{number}, {}, &Case::value);
  const bool is_there = found != cases.end() && found->value == number;
  const catalog::Index index = is_there ? found->type : table.otherwise;
  return index == catalog::nothing ? nullptr : &type(index);
}

// The key of the string in the last attribute of that number; that of no text if there is none.
std::int64_t Decoder::sibling_key(Bytes attributes, std::int64_t number) {
  std::int64_t key = catalog::text_key({});
  for (unsigned left = most_siblings; left != 0 && attributes.size() >= header_size; --left) {
    const std::uint64_t length = load<std::uint16_t>(attributes.data());
    const unsigned own = load<std::uint16_t>(attributes.data() + 2) & number_mask;
    if (length < header_size || length > attributes.size()) break;
    if (own == number) {
      const std::string_view text = as_chars(attributes.subspan(header_size, length - header_size));
      key = catalog::text_key(text.substr(0, text.find('\0')));
    }
    attributes = attributes.subspan(std::min<std::uint64_t>(aligned(length), attributes.size()));
  }
  return key;
}

}  // namespace syscope::decode
