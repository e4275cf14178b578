// Memory whose notation is its own.
#include <algorithm>
#include <cstdio>
#include <string>

#include "decode/hooks/table.h"

namespace syscope::decode {

// 0x0102ff, without quotes: file handles of name_to_handle_at(2).
void hex_bytes(const HookInput& input) {
  static constexpr char digits[] = "0123456789abcdef";
  constexpr std::size_t most = 128;
  char text[2 + 2 * most] = {'0', 'x'};
  std::size_t size = 2;
  for (const std::byte byte : input.place.bytes.first(std::min(input.place.bytes.size(), most))) {
    text[size++] = digits[std::to_integer<unsigned>(byte) >> 4];
    text[size++] = digits[std::to_integer<unsigned>(byte) & 15];
  }
  if (size == 2) --size;  // no bytes: 0
  input.decoder.add_word(input.name, input.decoder.tape().keep({text, size}));
  input.decoder.tape()[input.decoder.tape().size() - 1].width = 0;
}

// 01234567-89ab-cdef-fedc-ba9876543210: RFC 4122.
void uuid(const HookInput& input) {
  static constexpr char digits[] = "0123456789abcdef";
  constexpr std::size_t size = 16;
  std::string text;
  for (std::size_t i = 0; i < std::min(input.place.bytes.size(), size); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = std::to_integer<unsigned>(input.place.bytes[i]);
    text += {digits[byte >> 4], digits[byte & 15]};
  }
  input.decoder.add_word(input.name, input.decoder.tape().keep(text));
  input.decoder.tape()[input.decoder.tape().size() - 1].width = 0;
}

// inet_addr("127.0.0.1"): an address in room for an IPv6 one, all of which is shown where numbers
// are wanted.
void ip4_in_16(const HookInput& input) {
  input.decoder.add({.kind = ValueKind::string,
                     .notation = catalog::Notation::ip4,
                     .name = input.name,
                     .bytes = input.place.bytes});
}

// 01:02:ff: an address of a network whose length varies.
void hardware_address(const HookInput& input) {
  input.decoder.add({.kind = ValueKind::string,
                     .notation = catalog::Notation::mac,
                     .name = input.name,
                     .bytes = input.place.bytes});
}

// "\x01\x02": bytes that are never text, as getrandom(2) gives.
void hex_string(const HookInput& input) {
  const std::uint32_t at = input.decoder.tape().size();
  const std::uint64_t needed =
      std::min<std::uint64_t>(input.size, std::uint64_t{input.decoder.options().string_limit} + 1);
  if (input.place.bytes.size() < needed && !input.place.cut) {
    return input.decoder.add_missing(input.name, input.place.address, MissingReason::fault);
  }
  input.decoder.add_limited(input.name, input.place.bytes, input.size > input.place.bytes.size());
  Tape& tape = input.decoder.tape();
  if (at < tape.size()) tape[at].notation = catalog::Notation::hex;
}

// Too little for what would stand there.
void ellipsis(const HookInput& input) { input.decoder.add_ellipsis(); }

// The same, whatever -s says: a struct bounds it.
void long_hex_string(const HookInput& input) {
  input.decoder.add({.kind = ValueKind::string,
                     .notation = catalog::Notation::hex,
                     .name = input.name,
                     .bytes = input.place.bytes});
}

// Bytes that may be text, shortened by -s.
void quoted(const HookInput& input) {
  input.decoder.add_limited(input.name, input.place.bytes,
                            input.size > input.place.bytes.size());
}

// Text up to its NUL, shortened by -s; it goes on if there is none.
void c_string(const HookInput& input) {
  const Bytes bytes = input.place.bytes;
  const auto end = std::ranges::find(bytes, std::byte{0});
  input.decoder.add_limited(input.name, bytes.first(static_cast<std::size_t>(end - bytes.begin())),
                            end == bytes.end());
}

// What a caller handed over behind the end of a structure: nothing while it is zero, else
// extra_data="\x01" /* bytes 72..72 */, or an ellipsis where structures are abbreviated. The
// comment counts from the start of the structure.
void extra_data(const HookInput& input) {
  Decoder& decoder = input.decoder;
  const Bytes bytes = input.place.bytes;
  if (std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; })) return;
  if (decoder.options().abbreviate) return decoder.add_ellipsis();
  const std::uint64_t end = input.scope.available;
  char text[64];
  const int size = std::snprintf(text, sizeof text, "bytes %llu..%llu",
                                 static_cast<unsigned long long>(end - input.size),
                                 static_cast<unsigned long long>(end - 1));
  const std::uint32_t at = decoder.tape().size();
  decoder.add_string(input.name, bytes, bytes.size() < input.size);
  decoder.tape()[at].notation = catalog::Notation::hex;
  decoder.tape()[at].comment = decoder.tape().keep({text, static_cast<std::size_t>(size)});
}

// Behind the last field that is known: what a later kernel might have there, if it is not zero.
void later_fields(const HookInput& input) {
  Decoder& decoder = input.decoder;
  const Bytes bytes = input.place.bytes;
  std::string text = "???";
  if (bytes.size() >= input.size || input.place.cut) {
    if (std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; })) return;
    const std::uint64_t start = input.place.address - input.scope.at;
    text = "/* bytes " + std::to_string(start) + ".." + std::to_string(start + input.size - 1) +
           " */ \"";
    const std::size_t shown = std::min<std::size_t>(bytes.size(), decoder.options().string_limit);
    for (const std::byte byte : bytes.first(shown)) {
      constexpr char digits[] = "0123456789abcdef";
      const auto number = std::to_integer<unsigned>(byte);
      text += {'\\', 'x', digits[number >> 4], digits[number & 15]};
    }
    text += shown < input.size ? "\"..." : "\"";
  }
  decoder.add_word(input.name, decoder.tape().keep(text));
  decoder.tape()[decoder.tape().size() - 1].width = 0;
}

// What should be zero and is not: a comment behind the field in front of it.
void reserved_bytes(const HookInput& input) {
  Decoder& decoder = input.decoder;
  const Bytes bytes = input.place.bytes.first(std::min<std::size_t>(input.place.bytes.size(), 8));
  const std::uint64_t value = load_unsigned(bytes.data(), static_cast<unsigned>(bytes.size()));
  if (value == 0 || decoder.tape().size() == 0) return;
  const std::uint64_t start = input.place.address - input.scope.at;
  char text[80];
  const int size = std::snprintf(text, sizeof text, "bytes %llu..%llu: %#llx",
                                 static_cast<unsigned long long>(start),
                                 static_cast<unsigned long long>(start + bytes.size() - 1),
                                 static_cast<unsigned long long>(value));
  decoder.tape()[decoder.tape().size() - 1].comment =
      decoder.tape().keep({text, static_cast<std::size_t>(size)});
}

// c_cc of termios(3): each character behind the name of its place.
void control_characters(const HookInput& input) {
  static constexpr const char* names[] = {
      "VINTR", "VQUIT", "VERASE", "VKILL",    "VEOF",     "VTIME",   "VMIN",   "VSWTC", "VSTART",
      "VSTOP", "VSUSP", "VEOL",   "VREPRINT", "VDISCARD", "VWERASE", "VLNEXT", "VEOL2"};
  Decoder& decoder = input.decoder;
  const std::uint32_t array = decoder.open(ValueKind::array, input.name);
  for (std::size_t i = 0; i < input.place.bytes.size() && !decoder.exhausted(); ++i) {
    const unsigned value = std::to_integer<unsigned>(input.place.bytes[i]);
    char place[8];
    std::snprintf(place, sizeof place, "%u", static_cast<unsigned>(i & 0xffff));
    char text[32];
    const int size = std::snprintf(text, sizeof text, value == 0 ? "[%s]=%x" : "[%s]=%#x",
                                   i < std::size(names) ? names[i] : place, value);
    decoder.add_word({}, decoder.tape().keep({text, static_cast<std::size_t>(size)}));
    decoder.tape()[decoder.tape().size() - 1].width = 0;
  }
  decoder.close(array);
}

// One byte for each page, whose lowest bit says whether it is in memory: mincore(2).
void page_residency(const HookInput& input) {
  Decoder& decoder = input.decoder;
  const std::uint32_t array = decoder.open(ValueKind::array, input.name);
  const std::uint64_t shown =
      std::min<std::uint64_t>(decoder.shown(input.size), input.place.bytes.size());
  for (std::uint64_t i = 0; i < shown && !decoder.exhausted(); ++i) {
    decoder.add_number({}, std::to_integer<unsigned>(input.place.bytes[i]) & 1,
                       catalog::Notation::dec, 1);
  }
  decoder.tape()[array].more = shown < input.size;
  decoder.close(array);
}

// Strings one behind the other, each with its NUL: listxattr(2). -s bounds them together.
void string_list(const HookInput& input) {
  input.decoder.add_limited(input.name, input.place.bytes, input.place.bytes.size() < input.size);
}

// The value of an attribute: mostly text, whose closing NUL is not shown: setxattr(2).
void xattr_value(const HookInput& input) {
  Bytes bytes = input.place.bytes;
  if (bytes.size() < input.size && !input.place.cut) {
    return input.decoder.add_missing(input.name, input.place.address, MissingReason::fault);
  }
  const bool cut = bytes.size() < input.size;
  if (!cut && !bytes.empty() && bytes.back() == std::byte{0}) bytes = bytes.first(bytes.size() - 1);
  input.decoder.add_limited(input.name, bytes, cut);
}

}  // namespace syscope::decode
