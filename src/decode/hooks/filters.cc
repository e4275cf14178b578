// Programs of the classic Berkeley packet filter: sock_filter of socket(7) and seccomp(2).
#include <algorithm>
#include <cstdio>

#include "decode/hooks/table.h"

namespace syscope::decode {
namespace {

constexpr std::size_t instruction_size = 8;  // code: 2 bytes, jt: 1, jf: 1, k: 4

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

class Word {
 public:
  void add(const char* name) { size_ += print("|%s", name); }
  void add_hex(unsigned value) { size_ += print(value == 0 ? "|0" : "|%#x", value); }
  [[nodiscard]] std::string_view view() const {
    return size_ == 0 ? std::string_view{} : std::string_view(text_ + 1, size_ - 1);
  }

 private:
  template <class Argument>
  std::size_t print(const char* format, Argument argument) {
    if (size_ + 1 >= sizeof text_) return 0;
    const int written = std::snprintf(text_ + size_, sizeof text_ - size_, format, argument);
    return std::min<std::size_t>(static_cast<std::size_t>(written), sizeof text_ - size_ - 1);
  }
  char text_[96];
  std::size_t size_ = 0;
};

// The names that make up an instruction's code; the operand's source stands before the operation of
// a jump and behind that of arithmetic, as strace has it.
void code_names(unsigned code, Word& word) {
  const unsigned kind = code & 7;
  word.add(classes[kind]);
  const auto or_hex = [&](const char* name, unsigned bits) {
    if (name != nullptr) {
      word.add(name);
    } else {
      word.add_hex(bits);
    }
  };
  const char* const source = (code & 8) != 0 ? "BPF_X" : "BPF_K";
  switch (kind) {
    case ld:
    case ldx:
      or_hex(sizes[code >> 3 & 3], code & 0x18);
      or_hex(modes[code >> 5 & 7], code & 0xe0);
      break;
    case st:
    case stx:
      if (code >> 3 != 0) word.add_hex(code & ~7u);
      break;
    case alu:
      word.add(source);
      or_hex(pick(operations, code >> 4 & 15), code & 0xf0);
      break;
    case jmp:
      word.add(source);
      or_hex(pick(jumps, code >> 4 & 15), code & 0xf0);
      break;
    case ret:
      word.add((code & 0x18) == 0x10 ? "BPF_A" : source);
      if (code >> 5 != 0) word.add_hex(code & 0xe0);
      break;
    default: word.add((code & 0x80) != 0 ? "BPF_TXA" : "BPF_TAX");
  }
  if (code >> 8 != 0) word.add_hex(code & 0xff00);
}

// What a filter of seccomp(2) answers: an action, and its data in the low half.
std::string_view seccomp_action(std::uint32_t k, Decoder& decoder) {
  const char* name = nullptr;
  switch (k & 0xffff0000) {
    case 0x80000000: name = "SECCOMP_RET_KILL_PROCESS"; break;
    case 0x00000000: name = "SECCOMP_RET_KILL_THREAD"; break;
    case 0x00030000: name = "SECCOMP_RET_TRAP"; break;
    case 0x00050000: name = "SECCOMP_RET_ERRNO"; break;
    case 0x7fc00000: name = "SECCOMP_RET_USER_NOTIF"; break;
    case 0x7ff00000: name = "SECCOMP_RET_TRACE"; break;
    case 0x7ffc0000: name = "SECCOMP_RET_LOG"; break;
    case 0x7fff0000: name = "SECCOMP_RET_ALLOW"; break;
    default: return {};
  }
  Word word;
  word.add(name);
  if ((k & 0xffff) != 0) word.add_hex(k & 0xffff);
  return decoder.tape().keep(word.view());
}

// Offsets before the packet stand for its headers and for what the kernel knows of it.
std::string_view place_in_packet(std::uint32_t k, Decoder& decoder) {
  static constexpr const char* known[] = {
      "PROTOCOL",         "PKTTYPE",    "IFINDEX",   "NLATTR",
      "NLATTR_NEST",      "MARK",       "QUEUE",     "HATYPE",
      "RXHASH",           "CPU",        "ALU_XOR_X", "VLAN_TAG",
      "VLAN_TAG_PRESENT", "PAY_OFFSET", "RANDOM",    "VLAN_TPID"};
  constexpr std::uint32_t link_layer = 0xffe00000;
  constexpr std::uint32_t network = 0xfff00000;
  constexpr std::uint32_t ancillary = 0xfffff000;
  if (k < link_layer) return {};
  char text[64];
  int size = 0;
  const std::uint32_t number = k - ancillary;
  if (k >= ancillary && number % 4 == 0 && number / 4 < std::size(known)) {
    size = std::snprintf(text, sizeof text, "SKF_AD_OFF+SKF_AD_%s", known[number / 4]);
  } else if (k >= ancillary) {
    size = std::snprintf(text, sizeof text, "SKF_AD_OFF+%u /* SKF_AD_??? */", number);
  } else if (k >= network) {
    size = std::snprintf(text, sizeof text, "SKF_NET_OFF+%u", k - network);
  } else {
    size = std::snprintf(text, sizeof text, "SKF_LL_OFF+%u", k - link_layer);
  }
  return decoder.tape().keep({text, static_cast<std::size_t>(size)});
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
  Word names;
  code_names(code, names);
  decoder.add_word({}, decoder.tape().keep(names.view()), code);
  const bool returns_constant = (code & 0x1f) == ret;
  const std::string_view action =
      is_seccomp && returns_constant ? seccomp_action(k, decoder) : std::string_view{};
  const std::string_view place =
      !is_seccomp && (code & 7) == ld ? place_in_packet(k, decoder) : std::string_view{};
  if (!action.empty() || !place.empty()) {
    decoder.add_word({}, action.empty() ? place : action, k);
  } else {
    decoder.add_number({}, k, Notation::hex, 4);
    if (is_seccomp && returns_constant) {
      decoder.tape()[decoder.tape().size() - 1].comment = "SECCOMP_RET_???";
    }
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
  std::size_t at = 0;
  for (; at + instruction_size <= input.place.bytes.size() && !decoder.exhausted();
       at += instruction_size) {
    instruction(decoder, input.place.bytes.data() + at, is_seccomp);
  }
  const bool goes_on = at + instruction_size <= input.size;
  if (goes_on && !input.place.cut && !decoder.exhausted()) {
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
