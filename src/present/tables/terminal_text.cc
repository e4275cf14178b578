#include "present/tables/terminal_text.h"

namespace syscope::present {
namespace {

bool is_continuation(unsigned char c) { return (c & 0xc0) == 0x80; }

void append_escape(TextBuffer& text, unsigned char c) {
  static constexpr char digits[] = "0123456789abcdef";
  switch (c) {
    case '\n': return text.append("\\n");
    case '\t': return text.append("\\t");
    case '\r': return text.append("\\r");
    case '\\': return text.append("\\\\");
    default: break;
  }
  text.append("\\x");
  text.append(digits[c >> 4]);
  text.append(digits[c & 15]);
}

bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x7f && c != '\\'; }

}  // namespace

unsigned utf8_length(std::string_view raw) {
  const auto at = [&](std::size_t i) {
    return i < raw.size() ? static_cast<unsigned char>(raw[i]) : static_cast<unsigned char>(0);
  };
  const unsigned char first = at(0);
  if (first < 0x80) return raw.empty() ? 0 : 1;
  if (first >= 0xc2 && first <= 0xdf) return is_continuation(at(1)) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned char second = at(1);
    if (!is_continuation(second) || !is_continuation(at(2))) return 0;
    if (first == 0xe0 && second < 0xa0) return 0;   // overlong
    if (first == 0xed && second >= 0xa0) return 0;  // surrogate
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned char second = at(1);
    if (!is_continuation(second) || !is_continuation(at(2)) || !is_continuation(at(3))) return 0;
    if (first == 0xf0 && second < 0x90) return 0;  // overlong
    if (first == 0xf4 && second > 0x8f) return 0;  // beyond U+10FFFF
    return 4;
  }
  return 0;
}

void append_harmless(TextBuffer& text, std::string_view raw) {
  while (!raw.empty()) {
    std::size_t plain = 0;
    while (plain < raw.size() && is_plain(static_cast<unsigned char>(raw[plain]))) ++plain;
    text.append(raw.substr(0, plain));
    raw.remove_prefix(plain);
    if (raw.empty()) return;
    const auto first = static_cast<unsigned char>(raw[0]);
    unsigned length = first < 0x80 ? 0 : utf8_length(raw);
    // U+0080 to U+009F are control characters too: a terminal may take U+009B for an escape
    // sequence.
    if (first == 0xc2 && length == 2 && static_cast<unsigned char>(raw[1]) < 0xa0) length = 0;
    if (length == 0) {
      append_escape(text, first);
      length = 1;
    } else {
      text.append(raw.substr(0, length));
    }
    raw.remove_prefix(length);
  }
}

}  // namespace syscope::present
