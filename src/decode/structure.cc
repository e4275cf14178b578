// Structures: which of their fields are shown, and those that are part of the structure around
// them.
#include <algorithm>

#include "decode/decoder.h"

namespace syscope::decode {

using catalog::Field;
using catalog::Struct;
using catalog::Type;
using catalog::TypeKind;

namespace {

bool is_zero(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

// Memory that follows a struct, and has no size of its own.
bool follows(const Struct& structure, const Field& field, const Type& type) {
  return (structure.flags & catalog::struct_sized) == 0 && type.size == 0 &&
         type.kind != TypeKind::structure && field.offset >= structure.size;
}

std::uint64_t load_bits(const Field& field, const Type& type, Bytes bytes) {
  const std::uint64_t all = load_unsigned(bytes.data(), type.width) >> (field.bit_offset & 63);
  return field.bit_width < 64 ? all & ((std::uint64_t{1} << field.bit_width) - 1) : all;
}

}  // namespace

// Whether it shows anything but what stands behind it.
bool Decoder::has_members(const Struct& structure) const {
  const auto fields = tables_.fields.subspan(structure.first_field, structure.field_count);
  return fields.empty() || std::ranges::any_of(fields, [](const Field& field) {
           return (field.flags & (catalog::field_hidden | catalog::field_behind)) == 0;
         });
}

// Whether as much of it is shown as can be read.
bool Decoder::may_be_torn(const Type& type) const {
  return type.kind == TypeKind::structure &&
         (tables_.structs[type.element].flags & catalog::struct_torn) != 0;
}

bool Decoder::is_unmeasured(const Field& field) const {
  return type(field.type).length == catalog::nothing ||
         type(field.type).kind != TypeKind::attributes;
}

// Whether memory is what the struct says of itself.
bool Decoder::holds(const Struct& structure, const Place& place, const Scope& around) {
  if (structure.condition == catalog::nothing) return true;
  Scope scope = around;
  scope.outer = around.here;
  scope.here = place.bytes;
  scope.at = place.address;
  return evaluate(structure.condition, scope).value_or(0) != 0;
}

void Decoder::structure_behind(const Type& pointer, const Type& type, std::uint64_t address,
                               std::string_view name, const Scope& scope) {
  const Struct& structure = tables_.structs[type.element];
  if ((structure.flags & catalog::struct_sized) == 0) {
    if (torn_behind(structure, address, name, scope)) return;
    if (const auto place = fetch(address, structure.size, structure.size, name, scope.phase)) {
      if (!holds(structure, *place, scope)) return add_address(name, address);
      structure_in(type, *place, structure.size, name, scope);
    }
    return;
  }
  const auto measured = length(pointer, type, scope);
  if (!measured) return add_address(name, address);
  std::uint64_t available = has_length(pointer, type) ? *measured : structure.size;
  // Too short for its first field, it says nothing.
  const Field& first = tables_.fields[structure.first_field];
  if ((structure.flags & catalog::struct_first) != 0) {  // it is known that there is that much
    available = std::max<std::uint64_t>(available, first.offset + this->type(first.type).size);
  }
  const bool padded = (structure.flags & catalog::struct_padded) != 0;
  const bool says_any = padded || (structure.flags & catalog::struct_torn) != 0;
  const std::uint64_t least =
      first.offset + (says_any ? 1 : std::max<std::uint32_t>(1, this->type(first.type).size));
  if (available < least) return add_address(name, address);
  // What a kernel would copy as a whole is there as a whole, or it is not shown.
  const Field& last = tables_.fields[structure.first_field + structure.field_count - 1];
  const bool is_open = this->type(last.type).size == 0;  // its last field takes all that there is
  const bool whole_only = (padded || is_open) && (structure.flags & catalog::struct_torn) == 0;
  constexpr std::uint64_t most_open =
      128;  // sockaddr_storage of socket(7): the kernel takes no more
  const bool brief_only =
      padded && options_.abbreviate && (structure.flags & catalog::struct_has_brief) != 0;
  const std::uint64_t needed =
      std::min<std::uint64_t>(available, brief_only ? brief_size(structure) : structure.size);
  if ((structure.flags & catalog::struct_first) != 0 &&
      first_field_behind(structure, address, needed, name, scope)) {
    return;
  }
  if (const auto place = fetch(address, needed, available, name, scope.phase)) {
    if (!holds(structure, *place, scope)) return add_address(name, address);
    std::uint64_t wanted = padded ? available : std::min(available, most_open);
    if (brief_only) wanted = needed;
    if (whole_only && place->bytes.size() < wanted && !place->cut) {
      return add_missing(name, address, MissingReason::fault);
    }
    Place whole = *place;
    if (padded && whole.bytes.size() < structure.size) {
      std::string zeros(structure.size, '\0');
      std::ranges::copy(as_chars(whole.bytes), zeros.begin());
      whole.bytes = as_bytes(tape_.keep(zeros));
    }
    structure_in(type, whole,
                 padded ? available : std::min<std::uint64_t>(available, place->bytes.size()), name,
                 scope);
  }
}

// Where the last field of the abbreviated form ends.
std::uint64_t Decoder::brief_size(const Struct& structure) const {
  std::uint64_t size = 0;
  for (const Field& field : tables_.fields.subspan(structure.first_field, structure.field_count)) {
    if ((field.flags & catalog::field_brief) == 0) continue;
    size = std::max<std::uint64_t>(size, field.offset + this->type(field.type).size);
  }
  return size;
}

// Of memory that ends within a struct whose first field tells what it is, that field is told, and
// where the memory ends.
bool Decoder::torn_behind(const Struct& structure, std::uint64_t address, std::string_view name,
                          const Scope& scope) {
  if ((structure.flags & catalog::struct_first) == 0) return false;
  const Field& first = tables_.fields[structure.first_field];
  const Type& type = this->type(first.type);
  const Captured captured = memory_.find(address, scope.phase, structure.size);
  const std::size_t there = captured.bytes.size();
  if (!captured.found || there < type.size || there >= structure.size) return false;
  const std::uint32_t at = open(ValueKind::structure, name);
  from_memory(type, {captured.bytes, address, captured.cut}, catalog::text(first.name), scope);
  if ((structure.flags & catalog::struct_gaps) != 0) {
    add_ellipsis();
  } else {
    add_address({}, address + type.size);
  }
  close(at);
  return true;
}

void Decoder::structure_in(const Type& type, const Place& place, std::uint64_t available,
                           std::string_view name, const Scope& around) {
  if (depth_ >= most_depth || exhausted_) return add_ellipsis();
  const Struct& structure = tables_.structs[type.element];
  if ((structure.flags & catalog::struct_sized) != 0 && type.length != catalog::nothing) {
    if (const auto measured = length(type, type, around)) {
      available = std::min(available, *measured);
    }
  }
  Scope scope = around;
  scope.in_attribute = scope.in_list = false;
  scope.outer = around.here;
  scope.at = place.address;
  const bool padded = (structure.flags & catalog::struct_padded) != 0;
  const std::uint64_t known =
      padded ? std::max<std::uint64_t>(available, structure.size) : available;
  scope.here = place.bytes.first(std::min<std::uint64_t>(known, place.bytes.size()));
  scope.bounded = (structure.flags & catalog::struct_sized) != 0;
  if (scope.bounded) scope.available = available + place.missing;
  if (type.fill != catalog::nothing) scope.fill = evaluate(type.fill, around).value_or(0);

  const auto fields = tables_.fields.subspan(structure.first_field, structure.field_count);
  const bool is_cut =
      (structure.flags & catalog::struct_first) != 0 && place.bytes.size() < structure.size;
  const auto follows = [&](const Field& field) {
    return !is_cut && (field.flags & catalog::field_behind) != 0 &&
           place_behind(field, place, scope);
  };
  const auto next = std::ranges::find_if(fields, follows);
  const bool has_braces = has_members(structure);
  const bool in_list = around.in_list && (next == fields.end() || is_unmeasured(*next));
  const bool lists =
      !in_list && std::ranges::count_if(next, fields.end(), follows) + has_braces > 1;
  const std::uint32_t list = lists ? open(ValueKind::array, name) : 0;
  ++depth_;
  if (has_braces) {
    const bool joined = (structure.flags & catalog::struct_joined) != 0;
    const bool is_list = (structure.flags & catalog::struct_list) != 0;
    const std::uint32_t at = open(joined    ? ValueKind::parts
                                  : is_list ? ValueKind::array
                                            : ValueKind::structure,
                                  lists ? std::string_view{} : name);
    if (is_cut) {
      first_field_in(structure, place, scope);
    } else if (fields_in(structure, place, known, scope)) {
      add_ellipsis();
    }
    close(at);
  }
  for (auto field = next; field != fields.end() && !exhausted_; ++field) {
    if ((field->flags & catalog::field_behind) == 0) continue;
    const auto there = place_behind(*field, place, scope);
    if (!there) continue;
    const bool shares = around.in_attribute && this->type(field->type).kind == TypeKind::attributes;
    Scope inner = shares ? around : scope;  // its attributes see the fields of the message
    inner.available = there->size();
    inner.in_attribute = around.in_attribute;
    inner.in_list = lists || in_list;
    payload(&this->type(field->type), *there, lists || has_braces ? std::string_view{} : name,
            inner);
  }
  --depth_;
  if (lists) close(list);
}

// Nothing if there is nothing behind the struct, or not as much as the field's length says, counted
// from the end.
std::optional<Place> Decoder::place_behind(const Field& field, const Place& place,
                                           const Scope& scope) {
  std::uint64_t offset = field.offset;
  const Type& type = this->type(field.type);
  if (!is_unmeasured(field)) {
    const auto size = evaluate_length(type.length, scope);
    if (!size || *size > place.size()) return std::nullopt;
    offset = place.size() - *size;
  }
  if (place.size() <= offset) return std::nullopt;
  if (field.condition != catalog::nothing && evaluate(field.condition, scope).value_or(0) == 0) {
    return std::nullopt;
  }
  return place.part(offset, place.size() - offset);
}

// Of a struct that is cut short, its first field tells what it would have been.
void Decoder::first_field_in(const Struct& structure, const Place& place, const Scope& scope) {
  const auto fields = tables_.fields.subspan(structure.first_field, structure.field_count);
  const Field* first = nullptr;
  for (const Field& field : fields) {
    if ((field.flags & (catalog::field_hidden | catalog::field_behind)) != 0) continue;
    if (first == nullptr) {
      first = &field;
      from_memory(this->type(field.type), place, catalog::text(field.name), scope);
      continue;
    }
    if (place.size() < structure.size) return add_ellipsis();
    return add_address({}, place.address + this->type(first->type).size);
  }
}

// Memory that ends behind the first field of a struct: {size=32, ???}. Nothing is done where there
// is more, or less.
bool Decoder::first_field_behind(const Struct& structure, std::uint64_t address,
                                 std::uint64_t needed, std::string_view name, const Scope& scope) {
  const Field& field = tables_.fields[structure.first_field];
  const Type& type = this->type(field.type);
  const Captured captured = memory_.find(address, scope.phase, needed);
  if (captured.cut || captured.bytes.size() < type.size || captured.bytes.size() >= needed) {
    return false;
  }
  const std::uint32_t at = open(ValueKind::structure, name);
  from_memory(type, {captured.bytes.first(type.size), address}, catalog::text(field.name), scope);
  add_word({}, "???");
  tape_[tape_.size() - 1].width = 0;
  close(at);
  return true;
}

bool Decoder::fields_in(const Struct& structure, const Place& place, std::uint64_t available,
                        const Scope& scope) {
  const bool brief = options_.abbreviate && (structure.flags & catalog::struct_has_brief) != 0;
  const auto fields = tables_.fields.subspan(structure.first_field, structure.field_count);
  available = std::min<std::uint64_t>(available, place.bytes.size());
  const bool gaps = (structure.flags & catalog::struct_gaps) != 0;
  bool left_out = false;
  for (const Field& field : fields) {
    if (exhausted_) return true;
    if ((field.flags & (catalog::field_hidden | catalog::field_behind)) != 0) continue;
    const bool waits = brief && (field.flags & catalog::field_brief) == 0;
    if (waits && left_out) continue;
    const Type& type = this->type(field.type);
    const bool splices = (field.flags & catalog::field_splice) != 0;
    if (field.offset > available) break;
    if (available - field.offset < type.size && !splices) {
      if (type.kind == TypeKind::string && available != field.offset) {
        string_in({place.bytes.subspan(field.offset, available - field.offset),
                   place.address + field.offset, place.cut},
                  available - field.offset, false, catalog::text(field.name));
        break;
      }
      if ((structure.flags & catalog::struct_torn) != 0 && available != field.offset) {
        add({.kind = ValueKind::string,
             .notation = catalog::Notation::hex,
             .name = catalog::text(field.name),
             .bytes = place.bytes.subspan(field.offset, available - field.offset)});
      }
      break;
    }
    const bool is_padded = (structure.flags & catalog::struct_padded) != 0;
    const bool unreadable = is_padded && scope.available > available;
    const bool is_tail = !scope.bounded && follows(structure, field, type);
    if (type.size == 0 && field.offset == available && !unreadable && !is_tail) continue;
    if (field.condition != catalog::nothing && evaluate(field.condition, scope).value_or(0) == 0) {
      if ((field.flags & catalog::field_changes) != 0) filled_in(field, type, place, scope);
      continue;
    }
    if (waits) {
      if (gaps) add_ellipsis();
      left_out = true;
      continue;
    }
    if (place.missing != 0 && field.condition != catalog::nothing) {  // a tail, not all there
      add_address(catalog::text(field.name), place.address + field.offset);
      break;
    }
    if (gaps) left_out = false;
    const Place inner{place.bytes.subspan(field.offset, available - field.offset),
                      place.address + field.offset, place.cut, place.missing};
    const std::uint64_t bits = field.bit_width == 0 ? 0 : load_bits(field, type, inner.bytes);
    const bool skips_zero = (field.flags & catalog::field_nonzero) != 0 &&
                            (options_.abbreviate || (field.flags & catalog::field_brief) == 0);
    if (skips_zero &&
        (field.bit_width == 0
             ? is_zero(inner.bytes.first(std::min<std::size_t>(type.size, inner.bytes.size())))
             : bits == 0)) {
      continue;
    }
    if (splices) {
      left_out |= splice(type, inner, available - field.offset, scope);
      continue;
    }
    const bool is_bare = (field.flags & catalog::field_bare) != 0;
    const std::string_view name = is_bare ? std::string_view{} : catalog::text(field.name);
    const bool is_folded = (field.flags & catalog::field_folded) != 0;
    if (is_folded && options_.abbreviate && !has_room(type) &&
        length(type, type, scope).value_or(0) != 0) {
      const std::uint32_t at = open(ValueKind::array, name);
      tape_[at].more = true;
      close(at);
      continue;
    }
    if (is_tail && is_folded && !options_.abbreviate) {
      Type all = type;
      all.filled = catalog::nothing;
      tail(all, inner.address, name, scope);
      continue;
    }
    if (is_tail) {
      tail(type, inner.address, name, scope);
      continue;
    }
    if (is_padded && type.kind == TypeKind::string && scope.available > field.offset &&
        scope.available - field.offset < type.size) {
      string_in(inner, scope.available - field.offset, false, name);
      continue;
    }
    if (field.bit_width != 0) {
      add_typed(type, bits, name);
    } else {
      const std::uint32_t before = tape_.size();
      from_memory(type, inner, name, scope);
      if (field.shift != 0) tape_[before].shift = static_cast<std::uint8_t>(field.shift);
      if ((field.flags & catalog::field_changes) != 0) changed(field, type, inner, before, scope);
    }
  }
  return left_out && !gaps;
}

// It is captured apart from the struct, like what a pointer refers to.
void Decoder::tail(const Type& type, std::uint64_t address, std::string_view name,
                   const Scope& scope) {
  const Type* chosen = &type;
  for (unsigned left = most_depth; chosen->kind == TypeKind::choice && left != 0; --left) {
    chosen = choose(*chosen, scope);
    if (chosen == nullptr) return;
  }
  ++depth_;
  if (depth_ < most_depth) target(*chosen, *chosen, address, name, scope);
  --depth_;
}

// The field at `before` on the tape as of the entry becomes `before => after` if it has changed.
void Decoder::changed(const Field& field, const Type& type, const Place& place,
                      std::uint32_t before, const Scope& scope) {
  if (scope.phase == Phase::exit) {
    return changed_since(type, place, before, catalog::text(field.name), scope);
  }
  if (!scope.both) return;
  const Captured captured = memory_.find(place.address, Phase::exit, type.size);
  if (captured.bytes.size() < type.size) return;
  const std::string_view name = catalog::text(field.name);
  const std::uint32_t after = tape_.size();
  Scope at_exit = scope;
  at_exit.phase = Phase::exit;
  at_exit.here = {};
  from_memory(type, {captured.bytes, place.address, captured.cut}, name, at_exit);
  join_change(before, after, name);
  if ((field.flags & catalog::field_renamed) != 0 && after + 1 < tape_.size()) {
    tape_[after + 1].name = name;
  }
}

// A field whose condition holds as of the exit alone: it stands where it would.
void Decoder::filled_in(const Field& field, const Type& type, const Place& place,
                        const Scope& scope) {
  if (scope.phase != Phase::entry || !succeeded_) return;
  const Captured captured = memory_.find(place.address, Phase::exit, place.bytes.size());
  if (captured.bytes.size() < field.offset + std::size_t{type.size}) return;
  Scope at_exit = scope;
  at_exit.phase = Phase::exit;
  at_exit.here = captured.bytes;
  if (evaluate(field.condition, at_exit).value_or(0) == 0) return;
  from_memory(type,
              {captured.bytes.subspan(field.offset), place.address + field.offset, captured.cut},
              catalog::text(field.name), at_exit);
}

// The same for a field as of the exit.
void Decoder::changed_since(const Type& type, const Place& place, std::uint32_t at,
                            std::string_view name, const Scope& scope) {
  const Captured captured = memory_.find(place.address, Phase::entry, type.size);
  if (captured.bytes.size() < type.size) return;
  tape_.cut(at);
  Scope at_entry = scope;
  at_entry.phase = Phase::entry;
  at_entry.here = {};
  from_memory(type, {captured.bytes, place.address, captured.cut}, name, at_entry);
  const std::uint32_t after = tape_.size();
  from_memory(type, place, name, scope);
  join_change(at, after, name);
}

// A field without a name of its own: its members stand among those of the structure around it.
bool Decoder::splice(const Type& type, const Place& place, std::uint64_t available,
                     const Scope& scope) {
  if (depth_ >= most_depth) return false;
  const Type* chosen = &type;
  for (unsigned left = most_depth; chosen->kind == TypeKind::choice && left != 0; --left) {
    chosen = choose(*chosen, scope);
    if (chosen == nullptr) return false;
  }
  if (chosen->kind != TypeKind::structure) {
    if (available >= chosen->size && available != 0) from_memory(*chosen, place, {}, scope);
    return false;
  }
  Scope inner = scope;
  inner.outer = scope.here;
  inner.here = place.bytes;
  inner.at = place.address;
  inner.available = available;
  if (scope.available != 0) {  // zeros that count as handed over are not available
    const std::uint64_t offset = place.address - scope.at;
    inner.available = std::min(available, scope.available - std::min(offset, scope.available));
  }
  ++depth_;
  const bool left_out = fields_in(tables_.structs[chosen->element], place, available, inner);
  --depth_;
  return left_out;
}

}  // namespace syscope::decode
