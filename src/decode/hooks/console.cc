// What requests of the console hold: ioctl_console(2).
#include <cinttypes>
#include <cstdio>
#include <string>

#include "catalog/find.h"
#include "decode/hooks/table.h"

namespace syscope::decode {
namespace {

constexpr std::uint64_t clock_hertz = 1193182;  // of the timer that makes tones

std::uint64_t number_of(const HookInput& input) {
  const std::size_t width = input.place.bytes.size();
  return width == 1 || width == 2 || width == 4 || width == 8
             ? load_unsigned(input.place.bytes.data(), static_cast<unsigned>(width))
             : 0;
}

std::string character(unsigned value) {
  static constexpr char letters[] = "tnvfr";  // from 9 on
  char text[8];
  if (value == '\'' || value == '\\') {
    std::snprintf(text, sizeof text, "'\\%c'", value);
  } else if (value >= 9 && value <= 13) {
    std::snprintf(text, sizeof text, "'\\%c'", letters[value - 9]);
  } else {
    std::snprintf(text, sizeof text, value >= ' ' && value < 0x7f ? "'%c'" : "'\\x%02x'", value);
  }
  return text;
}

std::string_view name_in(std::string_view set, const Decoder& decoder, std::uint64_t value) {
  const catalog::Index index = catalog::find_set(set, decoder.abi());
  if (index == catalog::nothing) return {};
  const catalog::Member* const member = catalog::find_member(catalog::sets()[index], value);
  return member == nullptr ? std::string_view{} : catalog::text(member->name);
}

void add_commented(const HookInput& input, std::uint64_t number, catalog::Notation notation,
                   unsigned width, const std::string& comment) {
  Decoder& decoder = input.decoder;
  const std::uint32_t at = decoder.tape().size();
  decoder.add_number(input.name, number, notation, width);
  if (!comment.empty()) decoder.tape()[at].comment = decoder.tape().keep(comment);
}

std::string hertz(std::uint64_t period) {
  if (period == 0 || period > clock_hertz) return "off";
  return std::to_string(clock_hertz / period) + " Hz";
}

}  // namespace

// '\t', '\x07', 'a'; as a number, hexadecimal.
void escaped_character(const HookInput& input) {
  const std::uint64_t value = number_of(input) & 0xff;
  Decoder& decoder = input.decoder;
  decoder.add_word(input.name, decoder.tape().keep(character(static_cast<unsigned>(value))), value);
  decoder.tape()[decoder.tape().size() - 1].width = 0;
}

// What a key stands for, a type and a value: 0x213 with K_BARENUMLOCK, 0x41 with K(KT_LATIN, 'A').
void keyboard_value(const HookInput& input) {
  Decoder& decoder = input.decoder;
  if (input.place.bytes.size() < 2) {
    decoder.add_word(input.name, "???");
    decoder.tape()[decoder.tape().size() - 1].width = 0;
    return;
  }
  const std::uint64_t value = load_unsigned(input.place.bytes.data(), 2);
  std::string comment(name_in("keyboard_value", decoder, value));
  if (comment.empty()) {
    const auto type = static_cast<unsigned>(value >> 8);
    const auto key = static_cast<unsigned>(value & 0xff);
    const std::string_view name = name_in("keyboard_value_type", decoder, type);
    const bool is_text =
        name == "KT_LATIN" || name == "KT_META" || name == "KT_LETTER" || name == "KT_DEAD2";
    char number[16];
    std::snprintf(number, sizeof number, "%#x", type);
    comment = "K(" + (name.empty() ? std::string(number) : std::string(name)) + ", ";
    std::snprintf(number, sizeof number, "%#x", key);
    comment += is_text ? character(key) : std::string(number);
    comment += ')';
  }
  add_commented(input, value, catalog::Notation::hex, 2, comment);
}

// Text in a room of fixed size, whose last byte is meant for the NUL.
void short_name(const HookInput& input) {
  Decoder& decoder = input.decoder;
  const std::string_view chars = as_chars(input.place.bytes);
  const std::size_t end = chars.find('\0');
  if (end != std::string_view::npos) {
    return decoder.add_string(input.name, input.place.bytes.first(end));
  }
  if (chars.empty() || chars.size() < input.size) {
    return decoder.add_missing(input.name, input.place.address, MissingReason::fault);
  }
  decoder.add_string(input.name, input.place.bytes.first(chars.size() - 1), true);
}

// The period of a tone, in ticks of the timer.
void tone(const HookInput& input) {
  const std::uint64_t period = number_of(input);
  add_commented(input, period, catalog::Notation::dec, input.decoder.word(), hertz(period));
}

// The same in the low half, and in the high one how long it lasts: 125<<16|440.
void timed_tone(const HookInput& input) {
  const auto argument = static_cast<std::uint32_t>(number_of(input));
  const unsigned period = argument & 0xffff;
  const unsigned duration = argument >> 16;
  Decoder& decoder = input.decoder;
  std::string text = std::to_string(period);
  if (duration != 0) text = std::to_string(duration) + "<<16|" + text;
  std::string comment = duration == 0 ? "off" : hertz(period);
  if (comment != "off") comment += ", " + std::to_string(duration) + " ms";
  const std::uint32_t at = decoder.tape().size();
  decoder.add_word(input.name, decoder.tape().keep(text));
  decoder.tape()[at].width = 0;
  decoder.tape()[at].comment = decoder.tape().keep(comment);
}

// A port, perhaps one of those that the console of a VGA has.
void video_port(const HookInput& input) {
  constexpr std::uint64_t first = 0x3b4;
  constexpr std::uint64_t last = 0x3df;
  const std::uint64_t port = number_of(input);
  add_commented(input, port, catalog::Notation::hex, input.decoder.word(),
                port >= first && port <= last ? "GPFIRST + " + std::to_string(port - first) : "");
}

}  // namespace syscope::decode
