// Notes behind results: which descriptors poll(2) and select(2) found ready.
#include <algorithm>

#include "abi/names.h"
#include "catalog/find.h"
#include "decode/hooks/table.h"

namespace syscope::decode {

using catalog::Notation;
using catalog::Prototype;
using catalog::Type;
using catalog::TypeKind;

namespace {

const Type* behind_argument(const Decoder& decoder, const Prototype& prototype, unsigned argument) {
  const auto params = decoder.tables().params.subspan(prototype.first_param, prototype.param_count);
  const auto param = std::ranges::find(params, argument, &catalog::Param::argument);
  if (param == params.end()) return nullptr;
  const Type& type = decoder.type(param->type);
  return type.kind == TypeKind::pointer ? &decoder.type(type.element) : nullptr;
}

// Whether any of the first `bits` bits is set.
bool any_bit(Bytes bytes, std::uint64_t bits) {
  for (std::uint64_t bit = 0; bit < std::min<std::uint64_t>(bits, bytes.size() * 8); ++bit) {
    if ((std::to_integer<unsigned>(bytes[bit / 8]) >> bit % 8 & 1) != 0) return true;
  }
  return false;
}

// The kernel writes what is left of a timeout back: select(2), ppoll(2).
void add_time_left(Decoder& decoder, const Prototype& prototype, unsigned argument) {
  const Type* const timeout = behind_argument(decoder, prototype, argument);
  const std::uint64_t address = decoder.argument(argument);
  if (timeout == nullptr || timeout->kind != TypeKind::structure || address == 0) return;
  if (!decoder.memory().find(address, Phase::exit, 1).found) return;
  Scope scope;
  scope.phase = Phase::exit;
  decoder.behind(*timeout, *timeout, address, "left", scope);
}

}  // namespace

// struct pollfd is the same everywhere: int fd, short events, short revents.
void poll_result(Decoder& decoder, const Prototype& prototype, DecodedCall& decoded) {
  if (decoder.result() == 0) {
    decoded.result_note = "Timeout";
    return;
  }
  constexpr std::size_t one = 8;
  static const catalog::Index events = catalog::find_set("poll_events");
  const Type* const fds = behind_argument(decoder, prototype, 0);
  if (fds == nullptr) return;
  const auto count = static_cast<std::uint32_t>(decoder.argument(1));
  const std::uint64_t address = decoder.argument(0);
  const Captured captured = decoder.memory().find(address, Phase::exit, count * one);
  const std::uint64_t there = std::min<std::uint64_t>(count, captured.bytes.size() / one);
  if (there == 0) return;
  const std::uint32_t array = decoder.open(ValueKind::array, {});
  std::uint64_t ready = 0;
  for (std::uint64_t i = 0; i < there && !decoder.exhausted(); ++i) {
    const std::byte* const at = captured.bytes.data() + i * one;
    const auto revents = load<std::uint16_t>(at + 6);
    if (revents == 0) continue;
    if (ready == decoder.shown(ready + 1)) {
      decoder.tape()[array].more = true;
      break;
    }
    ++ready;
    const std::uint32_t pollfd = decoder.open(ValueKind::structure, {});
    decoder.add_number("fd", static_cast<std::uint64_t>(std::int64_t{load<std::int32_t>(at)}),
                       Notation::fd, 4, true);
    decoder.add_number("revents", revents,
                       events == catalog::nothing ? Notation::hex : Notation::bits, 2, false,
                       events);
    decoder.close(pollfd);
  }
  decoder.close(array);
  add_time_left(decoder, prototype, 2);
}

void select_result(Decoder& decoder, const Prototype& prototype, DecodedCall& decoded) {
  if (decoder.result() == 0) {
    decoded.result_note = "Timeout";
    return;
  }
  static constexpr std::string_view names[] = {"in", "out", "except"};
  const auto bits = static_cast<std::int32_t>(decoder.argument(0));
  Scope scope;
  scope.phase = Phase::exit;
  for (unsigned i = 0; i < 3; ++i) {
    const Type* const set = behind_argument(decoder, prototype, 1 + i);
    const std::uint64_t address = decoder.argument(1 + i);
    if (set == nullptr || set->kind != TypeKind::fdset || address == 0 || bits <= 0) continue;
    const Captured captured = decoder.memory().find(address, Phase::exit, (bits + 7) / 8);
    if (!any_bit(captured.bytes, static_cast<std::uint64_t>(bits))) continue;
    decoder.behind(*set, *set, address, names[i], scope);
  }
  add_time_left(decoder, prototype, 4);
  if (decoder.tape().size() == decoded.result + 1) {
    decoder.add_word({}, {});  // parentheses around nothing
    decoder.tape()[decoded.result + 1].width = 0;
  }
}

// What is left of the timeout of recvmmsg(2).
void timeout_result(Decoder& decoder, const Prototype& prototype, DecodedCall& decoded) {
  if (!decoder.options().verbose) return;
  if (decoder.result() == 0) {
    decoded.result_note = "Timeout";
    return;
  }
  add_time_left(decoder, prototype, 4);
}

// A result of 32 bits that may be an error, in a register of 64: modify_ldt(2).
void narrow_error(Decoder& decoder, const Prototype&, DecodedCall& decoded) {
  const auto value = static_cast<std::uint32_t>(decoder.result());
  const int error = -static_cast<std::int32_t>(value);
  const std::string_view name = error > 0 ? error_name(error) : std::string_view();
  if (name.empty()) return;
  std::string text = std::to_string(value) + " " + std::string(name) + " (";
  text += std::string(error_message(error)) + ")";
  decoder.tape().cut(decoded.result);
  decoder.add_word({}, decoder.tape().keep(text), value);
}

// The entry that set_thread_area(2) chose where it was asked to, by -1.
void entry_number(Decoder& decoder, const Prototype&, DecodedCall& decoded) {
  const std::uint64_t address = decoder.argument(0);
  const Captured before = decoder.memory().find(address, Phase::entry, 4);
  const Captured after = decoder.memory().find(address, Phase::exit, 4);
  if (before.bytes.size() < 4 || after.bytes.size() < 4) return;
  if (load_unsigned(before.bytes.data(), 4) != 0xffffffff) return;
  const auto chosen = static_cast<std::int32_t>(load_unsigned(after.bytes.data(), 4));
  decoded.result_note = decoder.tape().keep("entry_number=" + std::to_string(chosen));
}

// The word before the names of a result: fcntl(2).
void flags_word(Decoder& decoder, const Prototype&, DecodedCall& decoded) {
  if (decoded.result + 1 < decoder.tape().size()) decoder.tape()[decoded.result + 1].name = "flags";
}

void seals_word(Decoder& decoder, const Prototype&, DecodedCall& decoded) {
  if (decoded.result + 1 < decoder.tape().size()) decoder.tape()[decoded.result + 1].name = "seals";
}

}  // namespace syscope::decode
