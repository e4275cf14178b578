// Programs of the classic Berkeley packet filter: sock_filter of socket(7) and seccomp(2).
#include <algorithm>

#include "decode/hooks/table.h"

namespace syscope::decode {
namespace {

constexpr std::size_t instruction_size = 8;  // code: 2 bytes, jt: 1, jf: 1, k: 4
constexpr std::size_t most_bytes =
    4096 * instruction_size;  // BPF_MAXINSNS: longer ones are refused

constexpr const char* classes[] = {"BPF_LD",  "BPF_LDX", "BPF_ST",  "BPF_STX",
                                   "BPF_ALU", "BPF_JMP", "BPF_RET", "BPF_MISC"};
constexpr const char* sizes[] = {"BPF_W", "BPF_H", "BPF_B", nullptr};
constexpr const char* modes[] = {"BPF_IMM", "BPF_ABS", "BPF_IND", "BPF_MEM",
                                 "BPF_LEN", "BPF_MSH", nullptr,   nullptr};
constexpr const char* operations[] = {"BPF_ADD", "BPF_SUB", "BPF_MUL", "BPF_DIV",
                                      "BPF_OR",  "BPF_AND", "BPF_LSH", "BPF_RSH",
                                      "BPF_NEG", "BPF_MOD", "BPF_XOR"};
constexpr const char* jumps[] = {"BPF_JA", "BPF_JEQ", "BPF_JGT", "BPF_JGE", "BPF_JSET"};

enum : unsigned { ld = 0, ldx = 1, st = 2, stx = 3, alu = 4, jmp = 5, ret = 6 };

template <std::size_t size>
const char* pick(const char* const (&names)[size], unsigned index) {
  return index < size ? names[index] : nullptr;
}

// A number that is written in parts, each with a name or none.
class Parts {
 public:
  Parts(Decoder& decoder, char separator) : decoder_(decoder) {
    at_ = decoder.add({.kind = ValueKind::parts, .prefix = separator});
  }
  ~Parts() { decoder_.close(at_); }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  void add(const char* name, std::uint32_t value) { decoder_.add_word({}, name, value); }
  void add_number(std::uint32_t value, catalog::Notation notation = catalog::Notation::hex) {
    decoder_.add_number({}, value, notation, 4);
  }

 private:
  Decoder& decoder_;
  std::uint32_t at_;
};

// An instruction's code; the operand's source stands before the operation of a jump and behind that
// of arithmetic, as strace has it.
void add_code(Decoder& decoder, unsigned code) {
  Parts parts(decoder, '|');
  const unsigned kind = code & 7;
  parts.add(classes[kind], kind);
  const auto add_or_number = [&](const char* name, unsigned bits) {
    if (name != nullptr) {
      parts.add(name, bits);
    } else {
      parts.add_number(bits);
    }
  };
  const char* const source = (code & 8) != 0 ? "BPF_X" : "BPF_K";
  switch (kind) {
    case ld:
    case ldx:
      add_or_number(sizes[code >> 3 & 3], code & 0x18);
      add_or_number(modes[code >> 5 & 7], code & 0xe0);
      break;
    case st:
    case stx:
      if (code >> 3 != 0) parts.add_number(code & ~7u);
      break;
    case alu:
      parts.add(source, code & 8);
      add_or_number(pick(operations, code >> 4 & 15), code & 0xf0);
      break;
    case jmp:
      parts.add(source, code & 8);
      add_or_number(pick(jumps, code >> 4 & 15), code & 0xf0);
      break;
    case ret:
      parts.add((code & 0x18) == 0x10 ? "BPF_A" : source, code & 0x18);
      if (code >> 5 != 0) parts.add_number(code & 0xe0);
      break;
    default: parts.add((code & 0x80) != 0 ? "BPF_TXA" : "BPF_TAX", code & 0xf8);
  }
  if (code >> 8 != 0) parts.add_number(code & 0xff00);
}

// What a filter of seccomp(2) answers: an action, and its data in the low half.
void add_seccomp_action(Decoder& decoder, std::uint32_t k) {
  const std::uint32_t action = k & 0xffff0000;
  const char* name = nullptr;
  switch (action) {
    case 0x80000000: name = "SECCOMP_RET_KILL_PROCESS"; break;
    case 0x00000000: name = "SECCOMP_RET_KILL_THREAD"; break;
    case 0x00030000: name = "SECCOMP_RET_TRAP"; break;
    case 0x00050000: name = "SECCOMP_RET_ERRNO"; break;
    case 0x7fc00000: name = "SECCOMP_RET_USER_NOTIF"; break;
    case 0x7ff00000: name = "SECCOMP_RET_TRACE"; break;
    case 0x7ffc0000: name = "SECCOMP_RET_LOG"; break;
    case 0x7fff0000: name = "SECCOMP_RET_ALLOW"; break;
    default:
      decoder.add_number({}, k, catalog::Notation::hex, 4);
      decoder.tape()[decoder.tape().size() - 1].comment = "SECCOMP_RET_???";
      return;
  }
  Parts parts(decoder, '|');
  parts.add(name, action);
  if (k != action) parts.add_number(k - action);
}

// Offsets before the packet stand for its headers and for what the kernel knows of it.
void add_place_in_packet(Decoder& decoder, std::uint32_t k) {
  static constexpr const char* known[] = {
      "SKF_AD_PROTOCOL",         "SKF_AD_PKTTYPE",    "SKF_AD_IFINDEX",   "SKF_AD_NLATTR",
      "SKF_AD_NLATTR_NEST",      "SKF_AD_MARK",       "SKF_AD_QUEUE",     "SKF_AD_HATYPE",
      "SKF_AD_RXHASH",           "SKF_AD_CPU",        "SKF_AD_ALU_XOR_X", "SKF_AD_VLAN_TAG",
      "SKF_AD_VLAN_TAG_PRESENT", "SKF_AD_PAY_OFFSET", "SKF_AD_RANDOM",    "SKF_AD_VLAN_TPID"};
  constexpr std::uint32_t link_layer = 0xffe00000;
  constexpr std::uint32_t network = 0xfff00000;
  constexpr std::uint32_t ancillary = 0xfffff000;
  if (k < link_layer) return decoder.add_number({}, k, catalog::Notation::hex, 4);
  Parts parts(decoder, '+');
  if (k < network) {
    parts.add("SKF_LL_OFF", link_layer);
    parts.add_number(k - link_layer, catalog::Notation::dec);
  } else if (k < ancillary) {
    parts.add("SKF_NET_OFF", network);
    parts.add_number(k - network, catalog::Notation::dec);
  } else {
    const std::uint32_t fact = k - ancillary;
    parts.add("SKF_AD_OFF", ancillary);
    if (fact % 4 == 0 && fact / 4 < std::size(known)) return parts.add(known[fact / 4], fact);
    parts.add_number(fact);
    decoder.tape()[decoder.tape().size() - 1].comment = "SKF_AD_???";
  }
}

void instruction(Decoder& decoder, const std::byte* at, bool is_seccomp) {
  using catalog::Notation;
  const unsigned code = load<std::uint16_t>(at);
  const auto jump_true = std::to_integer<unsigned>(at[2]);
  const auto jump_false = std::to_integer<unsigned>(at[3]);
  const auto k = load<std::uint32_t>(at + 4);
  const bool jumps_away = jump_true != 0 || jump_false != 0;
  const std::uint32_t call = decoder.add({.kind = ValueKind::call,
                                          .width = 0,
                                          .bytes = as_bytes(jumps_away ? "BPF_JUMP" : "BPF_STMT")});
  add_code(decoder, code);
  if (is_seccomp && (code & 0x1f) == ret) {
    add_seccomp_action(decoder, k);
  } else if (!is_seccomp && (code & 7) == ld) {
    add_place_in_packet(decoder, k);
  } else {
    decoder.add_number({}, k, Notation::hex, 4);
  }
  if (jumps_away) {
    decoder.add_number({}, jump_true, Notation::hex, 1);
    decoder.add_number({}, jump_false, Notation::hex, 1);
  }
  decoder.close(call);
}

void program(const HookInput& input, bool is_seccomp) {
  Decoder& decoder = input.decoder;
  const bool is_empty = input.size == 0 && input.scope.phase == Phase::exit;
  if (decoder.options().abbreviate || is_empty)
    return decoder.add_address(input.name, input.place.address);
  const std::uint32_t array = decoder.open(ValueKind::array, input.name);
  const std::size_t known = std::min(input.place.bytes.size(), most_bytes);
  std::size_t at = 0;
  for (; at + instruction_size <= known && !decoder.exhausted(); at += instruction_size) {
    instruction(decoder, input.place.bytes.data() + at, is_seccomp);
  }
  const bool goes_on = at + instruction_size <= input.size;
  const bool is_cut = input.place.cut || at == most_bytes || decoder.exhausted();
  if (goes_on && !is_cut) {
    decoder.add_end_of_memory(input.place.address + at);
  } else {
    decoder.tape()[array].more = goes_on;
  }
  decoder.close(array);
  if (at == 0 && goes_on) {  // no instruction can be read
    decoder.tape().cut(array);
    decoder.add_address(input.name, input.place.address);
  }
}

}  // namespace

void sock_filter(const HookInput& input) { program(input, false); }
void seccomp_filter(const HookInput& input) { program(input, true); }

}  // namespace syscope::decode
