// What pointers refer to, kind by kind.
#include <algorithm>
#include <bit>
#include <cstdio>

#include "decode/decoder.h"
#include "decode/hook.h"

namespace syscope::decode {

using catalog::Notation;
using catalog::Type;
using catalog::TypeKind;

namespace {

constexpr std::uint64_t longest_path = 4095;  // PATH_MAX without the NUL

constexpr std::uint64_t most_set_bytes = 8192;  // 65536 descriptors or CPUs

}  // namespace

std::optional<Place> Decoder::fetch(std::uint64_t address, std::uint64_t needed,
                                    std::uint64_t wanted, std::string_view name, Phase phase) {
  const Captured captured = memory_.find(address, phase, wanted);
  if (captured.bytes.size() < needed || !captured.found) {
    add_missing(name, address, captured.reason());
    return std::nullopt;
  }
  return Place{captured.bytes, address, captured.cut};
}

void Decoder::text(std::uint64_t address, std::uint64_t length, std::uint64_t limit, bool is_path,
                   std::string_view name, Phase phase) {
  const std::uint64_t most = std::min(length, limit);
  const Captured captured = memory_.find(address, phase, 1);  // it ends where its block ends
  if (!captured.found && length != 0) return add_missing(name, address, captured.reason());
  const std::string_view chars =
      as_chars(captured.bytes).substr(0, std::min<std::uint64_t>(captured.bytes.size(), length));
  const std::size_t end = chars.find('\0');
  const bool terminated = end != std::string_view::npos;
  const std::size_t size = terminated ? end : chars.size();
  const bool whole = terminated || size == length;
  // Running into memory that cannot be read before there is enough to show, and to know that it
  // goes on.
  if (!whole && size <= most && !captured.cut) {
    return add_missing(name, address, captured.reason());
  }
  const std::size_t shown = std::min<std::uint64_t>(size, limit);
  add({.kind = ValueKind::string,
       .more = shown < size || !whole,
       .is_path = is_path,
       .name = name,
       .bytes = captured.bytes.first(shown)});
}

void Decoder::buffer(std::uint64_t address, std::uint64_t size, std::string_view name,
                     Phase phase) {
  const std::uint64_t wanted = std::min<std::uint64_t>(size, options_.string_limit);
  if (wanted == 0) return add_string(name, {}, size != 0);
  const Captured captured = memory_.find(address, phase, wanted);
  const std::uint64_t known = std::min<std::uint64_t>(size, wanted + 1);
  if (!captured.found || (captured.bytes.size() < known && !captured.cut)) {
    return add_missing(name, address, captured.reason());
  }
  const std::size_t shown = std::min<std::uint64_t>(captured.bytes.size(), wanted);
  add_string(name, captured.bytes.first(shown), shown < size);
}

void Decoder::behind(const Type& pointer, const Type& type, std::uint64_t address,
                     std::string_view name, const Scope& around) {
  if (pointer.fill == catalog::nothing) return target(pointer, type, address, name, around);
  Scope scope = around;
  scope.fill = evaluate(pointer.fill, around).value_or(0);
  target(pointer, type, address, name, scope);
}

void Decoder::target(const Type& pointer, const Type& type, std::uint64_t address,
                     std::string_view name, const Scope& scope) {
  const Phase phase = scope.phase;

  if (type.kind == TypeKind::number && type.width <= 8) {
    return one_number(type, address, name, scope, false);
  }
  if (type.kind == TypeKind::strings || type.kind == TypeKind::environment) {
    return strings(type, address, name, phase);
  }
  if (type.kind == TypeKind::scatter) return scatter(pointer, type, address, name, scope, true);

  auto size = length(pointer, type, scope);
  if (!size) return add_address(name, address);
  const bool ends_itself = type.kind == TypeKind::string || type.kind == TypeKind::path ||
                           type.kind == TypeKind::structure;
  if (!ends_itself && !has_length(pointer, type)) {
    const std::uint64_t one = type.kind == TypeKind::array ? this->type(type.element).size : 1;
    size = memory_.find(address, phase, 0).bytes.size() / std::max<std::uint64_t>(one, 1);
  }
  switch (type.kind) {
    case TypeKind::string:
      text(address, *size, options_.string_limit, false, name, phase);
      return mark_cut(pointer, type, *size);
    case TypeKind::path: return text(address, *size, longest_path, true, name, phase);
    case TypeKind::bytes:
      if (holds_messages(type)) return messages_behind(type, address, *size, name, scope);
      return buffer(address, *size, name, phase);
    case TypeKind::structure: return structure_behind(pointer, type, address, name, scope);
    case TypeKind::array: {
      const Type& from = type.length != catalog::nothing ? type : pointer;
      const bool is_fixed = from.length != catalog::nothing &&
                            tables_.expressions[from.length].op == catalog::Operator::constant &&
                            !may_be_torn(this->type(type.element));
      const std::uint32_t at = tape_.size();
      array_behind(type, address, *size, is_fixed, name, scope);
      return mark_beyond_room(from, at, scope);
    }
    case TypeKind::sigset:
    case TypeKind::fdset:
    case TypeKind::cpuset: {
      const bool is_named = type.set != catalog::nothing;  // words that a device has filled
      const std::uint64_t bytes =
          type.kind == TypeKind::fdset ? (*size + 8 * word_ - 1) / (8 * word_) * word_
          : is_named                   ? (*size + word_ - 1) / word_ * word_
                                       : *size;
      // The kernel refuses sets of signals of another size without a look at them.
      const bool refused = type.kind == TypeKind::sigset && phase == Phase::entry &&
                           (bytes < word_ || bytes > sizeof(std::uint64_t));
      if (refused || (is_named && bytes == 0)) return add_address(name, address);
      if (bytes == 0 && type.kind == TypeKind::cpuset) return set_in(type, {}, 0, name);
      if (bytes > most_set_bytes && type.kind != TypeKind::fdset) return add_address(name, address);
      const std::uint64_t needed = std::min(bytes, most_set_bytes);
      if (const auto place = fetch(address, needed, needed, name, phase)) {
        set_in(type, *place, std::min(*size, most_set_bytes * 8), name);
      }
      return;
    }
    case TypeKind::hook: {
      const Captured captured = memory_.find(address, phase, *size);
      if (!captured.found && *size != 0) return add_missing(name, address, captured.reason());
      return hook_in(type, {captured.bytes, address, captured.cut}, *size, name, scope);
    }
    case TypeKind::number: {  // longer than a register: an address of a network
      if (const auto place = fetch(address, type.width, type.width, name, phase)) {
        number_in(type, *place, name);
      }
      return;
    }
    case TypeKind::pointer: {
      if (const auto place = fetch(address, word_, word_, name, phase)) {
        const std::uint32_t array = open(ValueKind::array, name);
        ++depth_;
        from_memory(type, *place, {}, scope);
        --depth_;
        close(array);
      }
      return;
    }
    default: return add_address(name, address);
  }
}

// Text that fills the fixed room of the kernel for it may go on.
void Decoder::mark_cut(const Type& pointer, const Type& type, std::uint64_t size) {
  const Type& from = type.length != catalog::nothing ? type : pointer;
  if (from.length == catalog::nothing) return;
  Value& value = tape_[tape_.size() - 1];
  const catalog::Operator op = tables_.expressions[from.length].op;
  const bool is_fixed = op == catalog::Operator::constant || op == catalog::Operator::bit_and;
  if (is_fixed && value.kind == ValueKind::string && value.bytes.size() == size) value.more = true;
}

// An array whose count goes beyond the room for it, all of which could be read.
void Decoder::mark_beyond_room(const Type& from, std::uint32_t array, const Scope& scope) {
  if (!has_room(from) || array >= tape_.size() || tape_[array].kind != ValueKind::array) return;
  const auto room = evaluate(from.filled, scope);
  const auto count = evaluate_length(from.length, scope);
  if (!room || !count || *count <= static_cast<std::uint64_t>(*room)) return;
  const Value& last = tape_[tape_.size() - 1];
  if (last.kind != ValueKind::ellipsis) tape_[array].more = true;
}

// An array of a fixed size is there as a whole, or it is not shown.
void Decoder::array_behind(const Type& type, std::uint64_t address, std::uint64_t count,
                           bool is_fixed, std::string_view name, const Scope& scope) {
  const std::uint64_t one = std::max<std::uint32_t>(this->type(type.element).size, 1);
  const std::uint64_t shown = std::min<std::uint64_t>(this->shown(count), 1u << 24);
  if (count == 0) return array_in(type, {.address = address}, 0, name, scope);
  // One more than is shown: memory that ends before it is said to.
  const std::uint64_t wanted = std::min(count, shown + 1) * one;
  const std::uint64_t needed = is_fixed ? std::max(std::min(wanted, shown * one), one) : one;
  if (const auto place = fetch(address, needed, wanted, name, scope.phase)) {
    array_in(type, *place, count, name, scope);
  }
}

void Decoder::from_memory(const Type& type, const Place& place, std::string_view name,
                          const Scope& scope) {
  const std::size_t there = place.bytes.size();
  switch (type.kind) {
    case TypeKind::number:
      if (there < type.width) return add_ellipsis();
      return number_in(type, place, name);
    case TypeKind::pointer: {
      const unsigned width = type.width == 4 || type.width == 8 ? type.width : word_;
      if (there < width) return add_ellipsis();
      return pointer(type, load_unsigned(place.bytes.data(), width), name, scope);
    }
    case TypeKind::choice:
      if (depth_ >= most_depth) return;
      ++depth_;
      if (const Type* const chosen = choose(type, scope)) from_memory(*chosen, place, name, scope);
      --depth_;
      return;
    case TypeKind::structure: return structure_in(type, place, there, name, scope);
    case TypeKind::attributes: return attributes_in(type, place, name, scope);
    case TypeKind::chain: return chain_in(type, place, name, scope);
    default: break;
  }

  std::uint64_t size = type.size != 0 ? type.size : there;
  if (type.length != catalog::nothing) {
    const auto value = length(type, type, scope);
    if (!value) return add_ellipsis();
    size = *value;
  }
  const Bytes bytes = place.bytes.first(std::min<std::uint64_t>(size, there));
  switch (type.kind) {
    case TypeKind::string:
    case TypeKind::path: return string_in(place, size, type.kind == TypeKind::path, name);
    case TypeKind::bytes: return add_string(name, bytes, size > there);
    case TypeKind::array: {
      const std::uint32_t at = tape_.size();
      Place known = place;
      // What a caller handed over ends there, not the memory.
      if (scope.bounded && place.missing == 0) known.cut = true;
      array_in(type, known, size, name, scope);
      if (overflows(type, size, scope)) tape_[at].more = true;
      return;
    }
    case TypeKind::sigset:
    case TypeKind::fdset:
    case TypeKind::cpuset: return set_in(type, place, size, name);
    case TypeKind::hook: return hook_in(type, {bytes, place.address, place.cut}, size, name, scope);
    default: return add_address(name, place.address);
  }
}

// Whether a call had more for an array than there was room for.
bool Decoder::overflows(const Type& type, std::uint64_t shown, const Scope& scope) {
  if (scope.phase != Phase::exit || type.filled == catalog::nothing) return false;
  return evaluate_length(type.filled, scope).value_or(0) > shown;
}

void Decoder::number_in(const Type& type, const Place& place, std::string_view name) {
  if (type.width > 8 || type.notation == Notation::mac || type.notation == Notation::ip6) {
    add({.kind = ValueKind::string,
         .notation = type.notation,
         .name = name,
         .bytes = place.bytes.first(std::min<std::size_t>(type.width, place.bytes.size()))});
    return;
  }
  add_typed(type, load_unsigned(place.bytes.data(), type.width), name);
}

// Text in a structure: its room bounds it, not -s.
void Decoder::string_in(const Place& place, std::uint64_t size, bool is_path,
                        std::string_view name) {
  const std::string_view chars = as_chars(place.bytes).substr(0, size);
  const std::size_t end = chars.find('\0');
  const bool terminated = end != std::string_view::npos;
  if (!terminated && size != 0 && chars.size() == size) {  // the last byte is meant for the NUL
    return add_string(name, place.bytes.first(size - 1), true);
  }
  add({.kind = ValueKind::string,
       .more = !terminated && chars.size() < size,
       .is_path = is_path,
       .name = name,
       .bytes = place.bytes.first(terminated ? end : chars.size())});
}

void Decoder::array_in(const Type& type, const Place& place, std::uint64_t count,
                       std::string_view name, const Scope& scope) {
  const Type& element = this->type(type.element);
  const std::uint64_t one = std::max<std::uint32_t>(element.size, 1);
  const std::uint64_t shown = this->shown(count);
  const std::uint32_t array = open(ValueKind::array, name);
  tape_[array].more = shown < count;
  tape_[array].set = type.set;
  if (depth_ < most_depth) {
    ++depth_;
    std::uint64_t index = 0;
    Scope inner = scope;
    for (; index < shown && !exhausted_; ++index) {
      const std::uint64_t offset = index * one;
      if (offset > place.bytes.size() || place.bytes.size() - offset < one) break;
      inner.position = static_cast<std::int64_t>(index);
      from_memory(element, {place.bytes.subspan(offset), place.address + offset, place.cut}, {},
                  inner);
    }
    --depth_;
    if (index < shown && place.cut) tape_[array].more = true;
    const bool ends = place.address != 0 && place.bytes.size() < (index + 1) * one;
    if (index < count && !place.cut && !exhausted_ && ends) {
      tape_[array].more = false;
      add_end_of_memory(place.address + index * one);
    }
  }
  close(array);
}

// Where an array runs into memory that cannot be read.
void Decoder::add_end_of_memory(std::uint64_t address) {
  add({.kind = ValueKind::ellipsis, .comment = address_text(address)});
}

std::string_view Decoder::address_text(std::uint64_t address) {
  char where[24];
  const int size =
      std::snprintf(where, sizeof where, "0x%llx", static_cast<unsigned long long>(address));
  return tape_.keep({where, static_cast<std::size_t>(size)});
}

// struct iovec[]: addresses and lengths of buffers, see readv(2).
void Decoder::scatter(const Type& pointer, const Type& type, std::uint64_t address,
                      std::string_view name, const Scope& scope, bool contents) {
  const catalog::Type& from = type.length != catalog::nothing ? type : pointer;
  Scope at_entry = scope;
  at_entry.phase = Phase::entry;
  const auto count = from.length == catalog::nothing ? 1 : evaluate_length(from.length, at_entry);
  if (!count) return add_address(name, address);
  std::uint64_t left = ~std::uint64_t{0};  // what the buffers share
  if (scope.phase == Phase::exit && from.filled != catalog::nothing) {
    left = static_cast<std::uint64_t>(
        std::max<std::int64_t>(evaluate(from.filled, scope).value_or(0), 0));
  }
  const std::uint64_t one = 2 * word_;
  const std::uint64_t shown = std::min<std::uint64_t>(this->shown(*count), 4096);
  Captured captured;
  if (shown != 0) {
    const std::uint64_t wanted = std::min(*count, shown + 1) * one;
    captured = memory_.find(address, Phase::entry, wanted);
    if (!captured.found) captured = memory_.find(address, Phase::exit, wanted);
    if (captured.bytes.size() < one) return add_missing(name, address, captured.reason());
  }
  const std::uint32_t array = open(ValueKind::array, name);
  tape_[array].more = shown < *count;
  for (std::uint64_t index = 0; index < shown && !exhausted_; ++index) {
    if (captured.bytes.size() < (index + 1) * one) {
      if (!captured.cut) add_end_of_memory(address + index * one);
      tape_[array].more = captured.cut;
      break;
    }
    const std::byte* const at = captured.bytes.data() + index * one;
    const std::uint64_t base = load_unsigned(at, word_);
    const std::uint64_t length = load_unsigned(at + word_, word_);
    const std::uint32_t vector = open(ValueKind::structure, {});
    if (contents && base != 0 && holds_messages(type)) {
      messages_behind(type, base, std::min(length, left), "iov_base", scope);
    } else if (contents && base != 0) {
      buffer(base, std::min(length, left), "iov_base", scope.phase);
    } else {
      add_address("iov_base", base);
    }
    if (left != ~std::uint64_t{0}) left -= std::min(length, left);
    add_number("iov_len", length, Notation::dec, word_);
    close(vector);
  }
  // The first one that is not shown was looked for, too.
  if (shown != 0 && shown < *count && captured.bytes.size() / one == shown && !captured.cut) {
    tape_[array].more = false;
    add_end_of_memory(address + shown * one);
  }
  close(array);
}

// A null-terminated array of pointers to strings.
void Decoder::strings(const Type& type, std::uint64_t address, std::string_view name, Phase phase) {
  const bool counted = type.kind == TypeKind::environment && options_.abbreviate;
  const auto place = fetch(address, word_, word_, name, phase);
  if (!place) return;
  const std::size_t there = place->bytes.size() / word_;
  const auto pointer_at = [&](std::size_t i) {
    return load_unsigned(place->bytes.data() + i * word_, word_);
  };
  if (counted) {
    std::size_t count = 0;
    while (count < there && pointer_at(count) != 0) ++count;
    char note[48];
    const int size = std::snprintf(note, sizeof note, "%zu var%s%s", count, count == 1 ? "" : "s",
                                   count == there ? ", unterminated" : "");
    return add_address(name, address, tape_.keep({note, static_cast<std::size_t>(size)}));
  }
  const std::uint32_t array = open(ValueKind::array, name);
  std::size_t index = 0;
  for (; index < there && pointer_at(index) != 0 && !exhausted_; ++index) {
    if (options_.abbreviate && index == options_.string_limit) {
      tape_[array].more = true;
      break;
    }
    text(pointer_at(index), ~std::uint64_t{0}, options_.string_limit, false, {}, phase);
  }
  if (index == there) {
    if (place->cut) {
      tape_[array].more = true;
    } else {
      add_end_of_memory(address + index * word_);
    }
  }
  close(array);
}

// Sets of signals, descriptors and CPUs. Signal sets with most of the signals are shown by what
// they lack. `size` counts bits for descriptors, else bytes.
void Decoder::set_in(const Type& type, const Place& place, std::uint64_t size,
                     std::string_view name) {
  const bool counts_bits = type.kind == TypeKind::fdset;
  const bool is_signals = type.kind == TypeKind::sigset;
  const std::uint64_t bits =
      std::min<std::uint64_t>(counts_bits ? size : size * 8, place.bytes.size() * 8);
  std::uint64_t members = 0;
  if (is_signals) {
    for (std::uint64_t i = 0; i < bits / 8; ++i) {
      members += static_cast<unsigned>(std::popcount(std::to_integer<unsigned>(place.bytes[i])));
    }
  }
  const bool negated = is_signals && bits != 0 && members >= bits * 2 / 3;
  const std::uint32_t set = open(ValueKind::set, name);
  tape_[set].negated = negated;
  if (type.set != catalog::nothing) return bits_in(type, place, bits, set);
  for (std::uint64_t bit = 0; bit < bits; ++bit) {
    const unsigned byte = std::to_integer<unsigned>(place.bytes[bit / 8]);
    if (byte == (negated ? 0xffu : 0u)) {
      bit |= 7;
      continue;
    }
    if (((byte >> bit % 8 & 1) != 0) == negated) continue;
    if (is_signals) {
      add_number({}, bit + 1, Notation::signo, 4, true);
    } else {
      add_number({}, bit, counts_bits ? Notation::fd : Notation::dec, 4, true);
    }
    if (exhausted_) break;
  }
  close(set);
}

// Bits that have names: the words they stand in say it all, for those who want numbers.
void Decoder::bits_in(const Type& type, const Place& place, std::uint64_t bits, std::uint32_t set) {
  constexpr unsigned most_names = 4;  // of abbreviated ones
  unsigned names = 0;
  for (std::uint64_t bit = 0; bit < bits && !exhausted_; ++bit) {
    if ((std::to_integer<unsigned>(place.bytes[bit / 8]) >> bit % 8 & 1) == 0) continue;
    if (options_.abbreviate && names == most_names) {
      tape_[set].more = true;
      break;
    }
    add_number({}, bit, Notation::symbol, 4, false, type.set);
    ++names;
  }
  const std::uint64_t words = (bits + 8 * word_ - 1) / (8 * word_);
  tape_[set].bytes = place.bytes.first(std::min<std::uint64_t>(words * word_, place.bytes.size()));
  tape_[set].width = static_cast<std::uint8_t>(word_);
  close(set);
}

void Decoder::hook_in(const Type& type, const Place& place, std::uint64_t size,
                      std::string_view name, const Scope& scope) {
  HookInput input{*this, place, size, name, scope};
  input.place.bytes = place.bytes.first(std::min<std::uint64_t>(size, place.bytes.size()));
  if (const Hook function = hook(type.element)) return function(input);
  const std::uint64_t wanted = std::min<std::uint64_t>(size, options_.string_limit);
  if (input.place.bytes.size() < wanted && !place.cut) {
    return add_missing(name, place.address, MissingReason::fault);
  }
  add_limited(name, input.place.bytes, input.place.bytes.size() < size);
}

}  // namespace syscope::decode
