// Numbers whose parts have names: capset(2), futex(2), quotactl(2).
#include <cstdio>

#include "catalog/find.h"
#include "decode/hooks/table.h"

namespace syscope::decode {

using catalog::Notation;

namespace {

// The number in a register or in memory.
std::uint64_t number_of(const HookInput& input, unsigned width) {
  return input.place.bytes.size() >= width ? load_unsigned(input.place.bytes.data(), width) : 0;
}

constexpr std::uint32_t capability_version_1 = 0x19980330;

}  // namespace

// One or two structures of three 32-bit words, as the header's version says; shown as one of 64
// bits.
void cap_data(const HookInput& input) {
  static const catalog::Index bits = catalog::find_set("cap_bits");
  constexpr unsigned one = 12;
  Decoder& decoder = input.decoder;
  const Captured header = decoder.memory().find(decoder.argument(0), Phase::entry, 4);
  const bool is_short =
      header.bytes.size() < 4 || load<std::uint32_t>(header.bytes.data()) == capability_version_1;
  const Captured captured = decoder.memory().find(input.place.address, input.scope.phase, 2 * one);
  if (captured.bytes.size() < one) {
    return decoder.add_missing(input.name, input.place.address, captured.reason());
  }
  const bool has_high = !is_short && captured.bytes.size() >= 2 * one;
  const std::uint32_t at = decoder.open(ValueKind::structure, input.name);
  const auto member = [&](std::string_view name, unsigned offset) {
    std::uint64_t value = load<std::uint32_t>(captured.bytes.data() + offset);
    if (has_high) {
      value |= std::uint64_t{load<std::uint32_t>(captured.bytes.data() + one + offset)} << 32;
    }
    decoder.add_number(name, value, bits == catalog::nothing ? Notation::hex : Notation::bits, 8,
                       false, bits);
  };
  member("effective", 0);
  member("permitted", 4);
  member("inheritable", 8);
  decoder.close(at);
}

void futex_bitset(const HookInput& input) {
  const std::uint64_t value = number_of(input, 4);
  if (value == 0xffffffff) {
    return input.decoder.add_word(input.name, "FUTEX_BITSET_MATCH_ANY", value);
  }
  input.decoder.add_number(input.name, value, Notation::hex, 4);
}

// FUTEX_OP of futex(2): an operation, its operand, a comparison, its operand.
void futex_wake_op(const HookInput& input) {
  static constexpr const char* operations[] = {"FUTEX_OP_SET", "FUTEX_OP_ADD", "FUTEX_OP_OR",
                                               "FUTEX_OP_ANDN", "FUTEX_OP_XOR"};
  static constexpr const char* comparisons[] = {"FUTEX_OP_CMP_EQ", "FUTEX_OP_CMP_NE",
                                                "FUTEX_OP_CMP_LT", "FUTEX_OP_CMP_LE",
                                                "FUTEX_OP_CMP_GT", "FUTEX_OP_CMP_GE"};
  const auto value = static_cast<std::uint32_t>(number_of(input, 4));
  const unsigned operation = value >> 28 & 7;
  const unsigned comparison = value >> 24 & 15;
  if (operation >= std::size(operations) || comparison >= std::size(comparisons)) {
    return input.decoder.add_number(input.name, value, Notation::hex, 4);
  }
  const auto hex = [](unsigned number, char(&text)[16]) {
    std::snprintf(text, sizeof text, number == 0 ? "0" : "0x%x", number);
    return text;
  };
  char first[16];
  char second[16];
  char text[128];
  const int size = std::snprintf(text, sizeof text, "%s%s<<28|%s<<12|%s<<24|%s",
                                 value >> 31 ? "FUTEX_OP_OPARG_SHIFT<<28|" : "",
                                 operations[operation], hex(value >> 12 & 0xfff, first),
                                 comparisons[comparison], hex(value & 0xfff, second));
  input.decoder.add_word(input.name,
                         input.decoder.tape().keep({text, static_cast<std::size_t>(size)}), value);
}

// IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4)
void add_ioprio(Decoder& decoder, std::string_view name, std::uint64_t value) {
  static const catalog::Index classes = catalog::find_set("ioprio_class");
  const std::uint32_t at = decoder.add({.kind = ValueKind::call,
                                        .number = value,
                                        .name = name,
                                        .bytes = as_bytes("IOPRIO_PRIO_VALUE")});
  decoder.add_number({}, value >> 13 & 0x7ffff,
                     classes == catalog::nothing ? Notation::hex : Notation::symbol, 4, false,
                     classes);
  decoder.add_number({}, value & 0x1fff, Notation::dec, 4);
  decoder.close(at);
}

void ioprio(const HookInput& input) {
  add_ioprio(input.decoder, input.name, number_of(input, 4));
}

void ioprio_result(Decoder& decoder, const catalog::Prototype&, DecodedCall&) {
  add_ioprio(decoder, {}, static_cast<std::uint64_t>(decoder.result()));
}

// KERNEL_VERSION(6, 1, 5)
void kernel_version(const HookInput& input) {
  const auto value = static_cast<std::uint32_t>(number_of(input, 4));
  Decoder& decoder = input.decoder;
  const std::uint32_t at = decoder.add({.kind = ValueKind::call,
                                        .number = value,
                                        .name = input.name,
                                        .bytes = as_bytes("KERNEL_VERSION")});
  for (const unsigned shift : {16u, 8u, 0u}) {
    decoder.add_number({}, shift == 16 ? value >> 16 : value >> shift & 0xff, Notation::dec, 4);
  }
  decoder.close(at);
}

// QCMD(Q_GETQUOTA, USRQUOTA)
void quota_command(const HookInput& input) {
  static const catalog::Index commands = catalog::find_set("quota_cmd");
  static const catalog::Index types = catalog::find_set("quota_type");
  const auto value = static_cast<std::uint32_t>(number_of(input, 4));
  Decoder& decoder = input.decoder;
  const std::uint32_t at = decoder.add(
      {.kind = ValueKind::call, .number = value, .name = input.name, .bytes = as_bytes("QCMD")});
  decoder.add_number({}, value >> 8,
                     commands == catalog::nothing ? Notation::hex : Notation::symbol, 4, false,
                     commands);
  decoder.add_number({}, value & 0xff, types == catalog::nothing ? Notation::dec : Notation::symbol,
                     4, false, types);
  decoder.close(at);
}

}  // namespace syscope::decode
