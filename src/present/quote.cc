#include "present/quote.h"

#include <array>
#include <cstring>

namespace syscope::present {
namespace {

enum CharacterClass : std::uint8_t { plain, escape, octal };

// What a character becomes in quotes: itself, or a backslash and a letter, or its number.
struct Escapes {
  std::array<std::uint8_t, 256> kind{};
  std::array<char, 256> letter{};
  constexpr Escapes() {
    for (int c = 0; c < 256; ++c) kind[c] = c >= 0x20 && c < 0x7f ? plain : octal;
    for (const char c : {'"', '\\'}) set(c, c);
    set('\n', 'n');
    set('\t', 't');
    set('\v', 'v');
    set('\f', 'f');
    set('\r', 'r');
  }
  constexpr void set(char c, char as) {
    kind[static_cast<unsigned char>(c)] = escape;
    letter[static_cast<unsigned char>(c)] = as;
  }
};
constexpr Escapes escapes;

constexpr char hex_digits[] = "0123456789abcdef";

char* put_hex(unsigned char c, char* to) {
  *to++ = '\\';
  *to++ = 'x';
  *to++ = hex_digits[c >> 4];
  *to++ = hex_digits[c & 15];
  return to;
}

char* put_octal(unsigned char c, bool digit_follows, char* to) {
  *to++ = '\\';
  if (digit_follows || c > 077) *to++ = static_cast<char>('0' + (c >> 6));
  if (digit_follows || c > 07) *to++ = static_cast<char>('0' + (c >> 3 & 7));
  *to++ = static_cast<char>('0' + (c & 7));
  return to;
}

bool wholly_in_hex(std::string_view text, HexStrings hex) {
  if (hex == HexStrings::all) return true;
  if (hex != HexStrings::non_ascii) return false;
  for (const unsigned char c : text) {
    if (escapes.kind[c] == octal) return true;
  }
  return false;
}

// The escaped text, at most four characters for each of `text`.
char* put_escaped(std::string_view text, char special, HexStrings hex, char* to) {
  if (wholly_in_hex(text, hex)) {
    for (const unsigned char c : text) to = put_hex(c, to);
    return to;
  }
  const char opening = special == '>' ? '<' : special;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool stays = special == 0 && text[i] == '"';
    if (stays || (escapes.kind[c] == plain && text[i] != special && text[i] != opening)) {
      *to++ = text[i];
    } else if (escapes.kind[c] == escape) {
      *to++ = '\\';
      *to++ = escapes.letter[c];
    } else if (hex == HexStrings::non_ascii_chars) {
      to = put_hex(c, to);
    } else {
      const bool digit_follows = i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '7';
      to = put_octal(c, digit_follows, to);
    }
  }
  return to;
}

}  // namespace

void append_quoted(Bytes bytes, bool more, HexStrings hex, TextBuffer& out) {
  const std::string_view text = as_chars(bytes);
  char* const start = out.reserve(text.size() * 4 + 5);
  char* to = start;
  *to++ = '"';
  to = put_escaped(text, '"', hex, to);
  *to++ = '"';
  if (more) {
    std::memcpy(to, "...", 3);
    to += 3;
  }
  out.advance(static_cast<std::size_t>(to - start));
}

void append_escaped(Bytes bytes, char special, HexStrings hex, TextBuffer& out) {
  const std::string_view text = as_chars(bytes);
  char* const start = out.reserve(text.size() * 4);
  out.advance(static_cast<std::size_t>(put_escaped(text, special, hex, start) - start));
}

}  // namespace syscope::present
