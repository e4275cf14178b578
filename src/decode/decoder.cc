// Arguments, results and pointers: what stands in registers.
#include "decode/decoder.h"

#include <algorithm>
#include <limits>

#include "decode/hook.h"

namespace syscope::decode {

using catalog::Direction;
using catalog::Notation;
using catalog::Type;
using catalog::TypeKind;

namespace {

// Values that a record may yield besides one for each of its bytes: blocks that refer to each other
// cannot make the tape grow without bound.
constexpr std::uint32_t free_values = 4096;

bool is_empty_structure(const Tape& tape, std::uint32_t at) {
  return tape.size() == at + 1 && tape[at].kind == ValueKind::structure;
}

bool is_memory(const Tape& tape, std::uint32_t at) {
  using enum ValueKind;
  const ValueKind kind = tape[at].kind;
  return kind == structure || kind == array || kind == string;
}

// Whether all that the values refer to could be read.
bool is_complete(const Tape& tape, std::uint32_t from, std::uint32_t to) {
  for (std::uint32_t at = from; at < to; ++at) {
    const Value& value = tape[at];
    if (value.kind == ValueKind::missing) return false;
    if (value.kind == ValueKind::ellipsis && !value.comment.empty()) return false;
  }
  return true;
}

constexpr std::uint64_t bit(Notation notation) {
  return std::uint64_t{1} << static_cast<unsigned>(notation);
}

bool is_network_order(const Type& type) {
  constexpr std::uint64_t notations =
      bit(Notation::be16) | bit(Notation::be32) | bit(Notation::ip4);
  return (type.flags & catalog::type_big_endian) != 0 || (bit(type.notation) & notations) != 0;
}

std::uint64_t swapped(std::uint64_t value, unsigned width) {
  return __builtin_bswap64(value) >> (64 - 8 * width);
}

// Whether the values in [a, b) and those from b on are the same.
bool same_values(const Tape& tape, std::uint32_t a, std::uint32_t b) {
  if (tape.size() - b != b - a) return false;
  for (std::uint32_t i = 0; i < b - a; ++i) {
    const Value& x = tape[a + i];
    const Value& y = tape[b + i];
    if (x.kind != y.kind || x.number != y.number || x.notation != y.notation || x.set != y.set ||
        x.more != y.more || x.negated != y.negated || x.end - a != y.end - b || x.name != y.name ||
        as_chars(x.bytes) != as_chars(y.bytes) || x.comment != y.comment) {
      return false;
    }
  }
  return true;
}

// What the engine said of argument 0; -1: nothing.
std::int64_t protocol_in(Bytes record) {
  event::Blocks blocks(record);
  while (const auto block = blocks.next()) {
    if (block->kind == SC_NETLINK && block->bytes.size() >= sizeof(std::uint64_t)) {
      return static_cast<std::int64_t>(load<std::uint64_t>(block->bytes.data()) & 0xff);
    }
  }
  return -1;
}

}  // namespace

Decoder::Decoder(Bytes record, const catalog::Tables& tables, const Options& options, Tape& tape)
    : call_(*event::as<sc_call>(record)),
      tables_(tables),
      options_(options),
      tape_(tape),
      memory_(record),
      abi_(static_cast<Abi>(call_.head.abi)),
      word_(word_size(abi_)),
      succeeded_(call_.head.kind == SC_CALL && (call_.head.flags & SC_NO_RETURN) == 0 &&
                 !is_error(abi_result(call_, word_))),
      most_values_(free_values + static_cast<std::uint32_t>(
                                     std::min<std::size_t>(record.size(), std::size_t{1} << 24))),
      result_(abi_result(call_, word_)),
      record_(record) {}

std::int64_t Decoder::netlink_protocol() {
  if (!netlink_protocol_) netlink_protocol_ = protocol_in(record_);
  return *netlink_protocol_;
}

std::uint32_t Decoder::open(ValueKind kind, std::string_view name) {
  return add({.kind = kind, .name = name});
}

void Decoder::add_number(std::string_view name, std::uint64_t value, Notation notation,
                         unsigned width, bool is_signed, catalog::Index set) {
  add({.notation = notation,
       .width = static_cast<std::uint8_t>(width),
       .is_signed = is_signed,
       .set = set,
       .number = value,
       .name = name});
}

void Decoder::add_address(std::string_view name, std::uint64_t address, std::string_view comment) {
  add({.kind = ValueKind::address,
       .notation = Notation::addr,
       .width = static_cast<std::uint8_t>(word_),
       .number = address,
       .name = name,
       .comment = comment});
}

void Decoder::add_missing(std::string_view name, std::uint64_t address, MissingReason reason) {
  add({.kind = ValueKind::missing,
       .notation = Notation::addr,
       .width = static_cast<std::uint8_t>(word_),
       .reason = reason,
       .number = address,
       .name = name});
}

void Decoder::add_word(std::string_view name, std::string_view word, std::uint64_t number) {
  add({.kind = ValueKind::word, .number = number, .name = name, .bytes = as_bytes(word)});
}

void Decoder::add_string(std::string_view name, Bytes bytes, bool more) {
  Value& value = append();
  value.kind = ValueKind::string;
  value.more = more;
  value.name = name;
  value.bytes = bytes;
}

void Decoder::add_ellipsis() { add({.kind = ValueKind::ellipsis}); }

void Decoder::add_limited(std::string_view name, Bytes bytes, bool goes_on) {
  const std::size_t size = std::min<std::size_t>(bytes.size(), options_.string_limit);
  add_string(name, bytes.first(size), goes_on || size < bytes.size());
}

void Decoder::add_typed(const Type& type, std::uint64_t raw, std::string_view name) {
  const unsigned width = type.width >= 1 && type.width <= 8 ? type.width : 8;
  if (is_network_order(type)) raw = swapped(raw, width);
  const bool is_signed = (type.flags & catalog::type_signed) != 0;
  Value& value = append();
  value.notation = type.notation;
  if (type.notation == Notation::symbol && (type.flags & catalog::type_big_endian) != 0) {
    value.notation = width == 2 ? Notation::be16 : Notation::be32;  // htons(NAME)
  }
  value.width = static_cast<std::uint8_t>(width);
  value.is_signed = is_signed;
  value.set = type.set;
  value.number = static_cast<std::uint64_t>(extended(raw, width, is_signed));
  value.name = name;
}

void Decoder::from_register(const Type& type, std::uint64_t value, std::string_view name,
                            const Scope& scope) {
  switch (type.kind) {
    case TypeKind::number: add_typed(type, value, name); return;
    case TypeKind::pointer: pointer(type, value, name, scope); return;
    case TypeKind::choice:
      if (const Type* const chosen = choose(type, scope)) {
        from_register(*chosen, value, name, scope);
      }
      return;
    case TypeKind::hook: hook_in_register(type, value, name, scope); return;
    default: add_address(name, value);  // memory without a pointer: the catalog never says so
  }
}

void Decoder::hook_in_register(const Type& type, std::uint64_t value, std::string_view name,
                               const Scope& scope) {
  if (hook(type.element) == nullptr) return add_number(name, value, Notation::hex, word_);
  const std::string_view kept = tape_.keep({reinterpret_cast<const char*>(&value), sizeof value});
  hook_in(type, {.bytes = as_bytes(kept).first(word_)}, word_, name, scope);
}

const Type* Decoder::choose(const Type& type, const Scope& scope) {
  const catalog::Choice& choice = tables_.choices[type.element];
  const auto cases = tables_.cases.subspan(choice.first_case, choice.case_count);
  if (const auto value = evaluate(choice.discriminator, scope)) {
    const auto found = std::ranges::lower_bound(cases, *value, {}, &catalog::Case::value);
    if (found != cases.end() && found->value == *value) {
      return found->type == catalog::nothing ? nullptr : &this->type(found->type);
    }
  }
  return choice.otherwise == catalog::nothing ? nullptr : &this->type(choice.otherwise);
}

// When the memory behind a pointer counts, of the times that the record knows.
Decoder::Access Decoder::access(const Type& pointer, const Scope& scope) const {
  if ((pointer.flags & catalog::type_inherit) != 0) {
    return scope.phase == Phase::exit ? Access::exit : Access::entry;
  }
  const bool at_exit =
      succeeded_ || ((pointer.flags & catalog::type_always) != 0 && call_.head.kind == SC_CALL &&
                     (call_.head.flags & SC_NO_RETURN) == 0);
  switch (pointer.direction) {
    case Direction::in: return Access::entry;
    case Direction::out: return at_exit ? Access::exit : Access::none;
    case Direction::inout: return at_exit ? Access::both : Access::entry;
    case Direction::none: break;
  }
  return Access::none;
}

void Decoder::pointer(const Type& pointer, std::uint64_t address, std::string_view name,
                      const Scope& scope) {
  if (word_ == 4) address &= 0xffffffff;
  if (address == 0 || pointer.element == catalog::nothing || depth_ >= most_depth || exhausted_) {
    return add_address(name, address);
  }
  if ((pointer.flags & catalog::type_verbose) != 0 && options_.abbreviate) {
    return add_address(name, address);
  }
  const Access when = access(pointer, scope);
  const Phase phase = when == Access::exit ? Phase::exit : Phase::entry;
  Scope inner = scope;
  inner.phase = phase;
  const Type* target = &type(pointer.element);
  while (target != nullptr && target->kind == TypeKind::choice) target = choose(*target, inner);
  if (target == nullptr) return add_address(name, address);
  const bool is_text = target->kind == TypeKind::string || target->kind == TypeKind::path ||
                       target->kind == TypeKind::bytes;
  if (!options_.verbose && !is_text) return add_address(name, address);

  if (when == Access::both) return before_and_after(pointer, *target, address, name, scope);
  if (when != Access::none) return behind(pointer, *target, address, name, inner);
  if (target->kind == TypeKind::scatter && call_.head.kind == SC_CALL) {
    return scatter(pointer, *target, address, name, inner, false);  // the vector was there before
  }
  add_address(name, address);
}

void Decoder::before_and_after(const Type& pointer, const Type& target, std::uint64_t address,
                               std::string_view name, const Scope& scope) {
  if (target.kind == TypeKind::number && target.width <= 8) {
    return one_number(target, address, name, scope, true);
  }
  Scope inner = scope;
  inner.phase = Phase::entry;
  inner.both = true;
  const std::uint32_t before = tape_.size();
  behind(pointer, target, address, name, inner);
  if (tape_[before].kind == ValueKind::address) return;  // it is not what it would have to be
  if (target.kind == TypeKind::structure &&
      (tables_.structs[target.element].flags & catalog::struct_changes) != 0) {
    return;  // its fields say what has changed
  }
  const std::uint32_t after = tape_.size();
  inner.phase = Phase::exit;
  const Type* last = &type(pointer.element);
  while (last != nullptr && last->kind == TypeKind::choice) last = choose(*last, inner);
  if (last == nullptr) return;
  behind(pointer, *last, address, name, inner);
  if (tape_[before].kind == ValueKind::missing) {
    // Nothing is known of the time before: what came back stands alone.
    if (tape_[after].kind == ValueKind::missing) return tape_.cut(after);
    tape_.cut(before);
    return behind(pointer, *last, address, name, inner);
  }
  join_change(before, after, name);
}

// Whether a parameter points to a structure that says nothing while it is zero, and was.
bool Decoder::is_blank(const Type& type, std::uint64_t address) {
  if (type.kind != TypeKind::pointer || type.element == catalog::nothing) return false;
  const Type& target = this->type(type.element);
  if (target.kind != TypeKind::structure) return false;
  const catalog::Struct& structure = tables_.structs[target.element];
  if ((structure.flags & catalog::struct_zeroed) == 0) return false;
  const Captured captured = memory_.find(address, Phase::entry, structure.size);
  return captured.bytes.size() >= structure.size &&
         std::ranges::all_of(captured.bytes.first(structure.size),
                             [](std::byte byte) { return byte == std::byte{0}; });
}

void Decoder::join_change(std::uint32_t before, std::uint32_t after, std::string_view name) {
  if (same_values(tape_, before, after) || tape_[after].kind == ValueKind::missing) {
    return tape_.cut(after);
  }
  tape_[before].name = tape_[after].name = {};
  tape_.wrap(before, {.kind = ValueKind::change, .name = name});
}

// A pointer to one number: [3], or [3 => 4].
void Decoder::one_number(const Type& type, std::uint64_t address, std::string_view name,
                         const Scope& scope, bool both) {
  const Captured first = memory_.find(address, both ? Phase::entry : scope.phase, type.width);
  const Captured second = both ? memory_.find(address, Phase::exit, type.width) : Captured{};
  const bool has_first = first.bytes.size() >= type.width;
  const bool has_second = second.bytes.size() >= type.width;
  if (!has_first && !has_second) return add_missing(name, address, first.reason());
  const std::uint32_t array = open(ValueKind::array, name);
  if (has_first) number_in(type, {.bytes = first.bytes, .address = address}, {});
  if (has_second) {
    number_in(type, {.bytes = second.bytes, .address = address}, {});
    if (has_first && same_values(tape_, array + 1, array + 2)) tape_.cut(array + 2);
    if (tape_.size() == array + 3) tape_.wrap(array + 1, {.kind = ValueKind::change});
  }
  close(array);
}

void Decoder::decode_arguments(const catalog::Prototype& prototype, DecodedCall& decoded) {
  const auto params = tables_.params.subspan(prototype.first_param, prototype.param_count);
  const bool finished = call_.head.kind == SC_CALL;
  const Scope scope;
  bool in_entry = true;
  std::uint32_t before = tape_.size();
  bool was_blank = false;
  for (const catalog::Param& param : params) {
    const auto condition = param.condition == catalog::nothing ? std::optional<std::int64_t>(1)
                                                               : evaluate(param.condition, scope);
    if (param.at_exit) {
      decoded.joins = in_entry ? param.joined : decoded.joins;
      in_entry = false;
      if (condition.value_or(1) != 0) decoded.waits_for_arguments = true;
    }
    if (condition.value_or(0) == 0 || (!in_entry && !finished)) continue;
    if (param.joined && options_.raw) continue;
    const std::uint32_t at = tape_.size();
    const Type& type = this->type(param.type);
    const unsigned width = type.kind == TypeKind::number ? type.width : word_;
    const std::uint64_t value = argument(param.argument % 6, width);
    if (!param.joined) was_blank = !options_.raw && is_blank(type, value);
    if (!param.joined && was_blank) continue;  // what comes back stands alone
    const bool joined = param.joined && !was_blank;
    if (options_.raw) {
      add_number(catalog::text(param.name), value, Notation::hex, 8);
    } else {
      from_register(type, value, catalog::text(param.name), scope);
    }
    // What a call has made of memory is told only if the memory itself could be.
    if (joined && (is_empty_structure(tape_, at) || !is_memory(tape_, before) ||
                   (!is_complete(tape_, before, at) && (tape_[at].kind == ValueKind::address ||
                                                        !is_complete(tape_, at, tape_.size()))))) {
      tape_.cut(at);
    }
    if (tape_.size() == at) continue;
    before = at;
    tape_[at].named = param.named;
    tape_[at].joined = joined;
    if (in_entry) ++decoded.arguments_at_entry;
  }
}

// A result that stands for names is a number with the names as a note: 0x1 (FD_CLOEXEC).
void Decoder::name_result(const Type& type, std::uint32_t at) {
  Value note = tape_[at];
  const bool is_bits = note.notation == Notation::bits;
  if (type.kind != TypeKind::number ||
      (!is_bits && note.notation != Notation::symbol && note.notation != Notation::signo)) {
    return;
  }
  tape_[at].notation = is_bits ? Notation::hex : Notation::dec;
  tape_[at].set = catalog::nothing;
  if (note.number == 0) {
    if (note.set == catalog::nothing) return;
    const catalog::Set& set = catalog::sets()[note.set];
    const auto members = catalog::members().subspan(set.first_member, set.member_count);
    if (std::ranges::find(members, 0U, &catalog::Member::value) == members.end()) return;
  }
  add(note);
}

void Decoder::decode_result(const catalog::Prototype& prototype, DecodedCall& decoded) {
  decoded.result = tape_.size();
  if ((call_.head.flags & SC_NO_RETURN) != 0) return;
  const auto value = static_cast<std::uint64_t>(result_);
  if (decoded.failed) return add_number({}, value, Notation::dec, 8, true);
  // What a tracer made of a call that never returns.
  if (prototype.result == catalog::nothing) return add_number({}, value, Notation::dec, 8, true);
  if (options_.raw) return add_number({}, value, Notation::hex, word_);
  const Scope scope{.phase = Phase::exit};
  const Type* result = &type(prototype.result);
  if (result->kind == TypeKind::choice) result = choose(*result, scope);
  if (result == nullptr) return add_number({}, value, Notation::dec, word_, true);
  const bool is_plain = result->kind == TypeKind::number && result->notation == Notation::dec;
  const bool is_descriptor = result->kind == TypeKind::number && result->notation == Notation::fd;
  if (is_descriptor &&
      result_ > std::numeric_limits<std::int32_t>::max()) {  // what a tracer made of it
    return add_number({}, value, Notation::dec, word_);
  }
  if (is_plain && (call_.head.flags & SC_NO_ERROR) != 0) {  // as wide as it was given
    add_number({}, value, Notation::dec, word_);
  } else {
    from_register(*result, value, {}, scope);
    name_result(*result, decoded.result);
  }
  if (prototype.result_hook == catalog::nothing || (call_.head.flags & SC_NO_ENTRY) != 0) return;
  if (const ResultHook function = result_hook(prototype.result_hook)) {
    function(*this, prototype, decoded);
  }
}

}  // namespace syscope::decode
