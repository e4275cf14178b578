// Numbers whose parts have names: capset(2), futex(2), quotactl(2).
#include <algorithm>
#include <cstdio>
#include <string>

#include "catalog/find.h"
#include "decode/hooks/table.h"

namespace syscope::decode {

using catalog::Notation;

namespace {

// The number in a register or in memory.
std::uint64_t number_of(const HookInput& input, unsigned width) {
  return input.place.bytes.size() >= width ? load_unsigned(input.place.bytes.data(), width) : 0;
}

// Of an enumeration; empty if the number has none.
std::string_view member_name(catalog::Index set, std::uint64_t value) {
  if (set == catalog::nothing) return {};
  const catalog::Set& row = catalog::sets()[set];
  const auto members = catalog::members().subspan(row.first_member, row.member_count);
  const auto found = std::ranges::find(members, value, &catalog::Member::value);
  return found == members.end() ? std::string_view{} : catalog::text(found->name);
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
  if (header.bytes.size() < 4) return decoder.add_address(input.name, input.place.address);
  const bool is_short = load<std::uint32_t>(header.bytes.data()) == capability_version_1;
  const Captured captured = decoder.memory().find(input.place.address, input.scope.phase, 2 * one);
  if (captured.bytes.size() < (is_short ? one : 2 * one)) {
    return decoder.add_missing(input.name, input.place.address, captured.reason());
  }
  const bool has_high = !is_short;
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

// An offset in pages, told in bytes: mmap2(2).
void page_offset(const HookInput& input) {
  constexpr unsigned page_bits = 12;
  input.decoder.add_number(input.name, number_of(input, 4) << page_bits, Notation::hex, 8);
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
  std::string text = value >> 31 ? "FUTEX_OP_OPARG_SHIFT<<28|" : "";
  const auto hex = [](unsigned number) {
    char digits[16];
    std::snprintf(digits, sizeof digits, number == 0 ? "0" : "0x%x", number);
    return std::string(digits);
  };
  const bool is_known = operation < std::size(operations);
  text += is_known ? operations[operation] : hex(operation);
  text += is_known ? "<<28|" : "<<28 /* FUTEX_OP_??? */|";
  text += hex(value >> 12 & 0xfff) + "<<12|";
  const bool compares = comparison < std::size(comparisons);
  text += compares ? comparisons[comparison] : hex(comparison);
  text += compares ? "<<24|" : "<<24 /* FUTEX_OP_CMP_??? */|";
  text += hex(value & 0xfff);
  input.decoder.add_word(input.name, input.decoder.tape().keep(text), value);
}

// IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4)
void add_ioprio(Decoder& decoder, std::string_view name, std::uint64_t value) {
  static const catalog::Index classes = catalog::find_set("ioprio_class");
  const std::uint32_t at = decoder.add({.kind = ValueKind::call,
                                        .width = 4,
                                        .is_signed = true,
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
  const unsigned width = input.place.bytes.size() < 4 ? 2 : 4;  // in a structure, or in a register
  add_ioprio(input.decoder, input.name, number_of(input, width));
}

void ioprio_result(Decoder& decoder, const catalog::Prototype&, DecodedCall&) {
  const std::uint32_t at = decoder.tape().size();
  add_ioprio(decoder, {}, static_cast<std::uint64_t>(decoder.result()));
  decoder.tape()[at].width = 0;  // the number stands before it
}

// [0x9000800 /* 2048..2304 */]: the lowest and the highest port, ip(7); an end that is zero is
// open.
void port_range(const HookInput& input) {
  const auto value = static_cast<std::uint32_t>(number_of(input, 4));
  const unsigned low = value & 0xffff;
  const unsigned high = value >> 16;
  Decoder& decoder = input.decoder;
  if (input.place.bytes.size() < 4) {
    return decoder.add_missing(input.name, input.place.address, MissingReason::fault);
  }
  const std::uint32_t array = decoder.open(ValueKind::array, input.name);
  decoder.add_number({}, value, Notation::hex, 4);
  if (value != 0 && (high == 0 || low <= high)) {
    const std::string text = (low != 0 ? std::to_string(low) : std::string()) + ".." +
                             (high != 0 ? std::to_string(high) : std::string());
    decoder.tape()[array + 1].comment = decoder.tape().keep(text);
  }
  decoder.close(array);
}

// htons(ETH_P_ALL), for packet(7): the bytes of the address where numbers are wanted.
void packet_protocol(const HookInput& input) {
  static const catalog::Index protocols = catalog::find_set("ethernet_protocol");
  const std::uint16_t value = __builtin_bswap16(static_cast<std::uint16_t>(number_of(input, 2)));
  const std::string_view name = member_name(protocols, value);
  std::string text = "htons(";
  if (!name.empty()) {
    text += name;
  } else {
    char digits[32];
    std::snprintf(digits, sizeof digits, value == 0 ? "0" : "%#x", value);
    text += std::string(digits) + " /* ETH_P_??? */";
  }
  input.decoder.add({.notation = Notation::be16,
                     .width = 2,
                     .number = value,
                     .name = input.name,
                     .bytes = as_bytes(input.decoder.tape().keep(text + ')'))});
}

// KERNEL_VERSION(6, 1, 5)
void kernel_version(const HookInput& input) {
  const auto value = static_cast<std::uint32_t>(number_of(input, 4));
  Decoder& decoder = input.decoder;
  const std::uint32_t at = decoder.add({.kind = ValueKind::call,
                                        .notation = Notation::hex,
                                        .width = 4,
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
  const std::uint32_t at = decoder.add({.kind = ValueKind::call,
                                        .width = 4,
                                        .number = value,
                                        .name = input.name,
                                        .bytes = as_bytes("QCMD")});
  if (const std::string_view name = member_name(commands, value >> 8); !name.empty()) {
    decoder.add_word({}, name);  // by its name in every style
    decoder.tape()[decoder.tape().size() - 1].width = 0;
  } else {
    decoder.add_number({}, value >> 8,
                       commands == catalog::nothing ? Notation::hex : Notation::symbol, 4, false,
                       commands);
  }
  static constexpr std::string_view known[] = {"USRQUOTA", "GRPQUOTA", "PRJQUOTA"};
  if ((value & 0xff) < std::size(known)) {
    decoder.add_word({}, known[value & 0xff]);  // by its name in every style
    decoder.tape()[decoder.tape().size() - 1].width = 0;
  } else {
    decoder.add_number({}, value & 0xff,
                       types == catalog::nothing ? Notation::dec : Notation::symbol, 4, false,
                       types);
  }
  decoder.close(at);
}

// What a restriction of an unknown kind would be about: 0x4 /* IORING_RESTRICTION_??? */ /* op:
// 0xef */, io_uring_register(2). The second comment stands in every style.
void unknown_restriction(const HookInput& input) {
  static const catalog::Index kinds = catalog::find_set("io_uring_restriction_op");
  const Bytes bytes = input.place.bytes;
  Decoder& decoder = input.decoder;
  if (bytes.size() < 3) return decoder.add_ellipsis();
  char text[16];
  const unsigned operation = std::to_integer<unsigned>(bytes[2]);
  const int size =
      std::snprintf(text, sizeof text, operation == 0 ? "op: 0" : "op: 0x%x", operation);
  const std::uint32_t at = decoder.open(ValueKind::parts, input.name);
  decoder.tape()[at].comment = decoder.tape().keep({text, static_cast<std::size_t>(size)});
  decoder.add_number({}, number_of(input, 2),
                     kinds == catalog::nothing ? Notation::hex : Notation::symbol, 2, false, kinds);
  decoder.close(at);
}

}  // namespace syscope::decode
