#include "present/json_text.h"

namespace syscope::present {
namespace {

// Bytes of the UTF-8 sequence that `text` begins with; 0 if it is none. No surrogates, no overlong
// forms, nothing beyond U+10FFFF. RFC 3629
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  const bool wrong = (first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f) ||
                     (first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f);
  return wrong ? 0 : length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void append_code(unsigned code, TextBuffer& out) {
  out.append("\\u");
  out.append_padded(code, 4, 16);
}

void append_base16(Bytes bytes, TextBuffer& out) {
  constexpr char digits[] = "0123456789abcdef";
  out.append("{\"base16\":\"");
  char* to = out.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    *to++ = digits[std::to_integer<unsigned>(byte) >> 4];
    *to++ = digits[std::to_integer<unsigned>(byte) & 15];
  }
  out.advance(bytes.size() * 2);
  out.append("\"}");
}

}  // namespace

void append_json_text(std::string_view text, TextBuffer& out) {
  out.append('"');
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      out.append('\\');
      out.append(text[i]);
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '\t') {
      out.append("\\t");
    } else if (c < 0x20 || c == 0x7f) {
      append_code(c, out);
    } else if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      append_code(static_cast<unsigned char>(text[++i]), out);
    } else {
      out.append(text[i]);
    }
  }
  out.append('"');
}

void append_json(Bytes bytes, TextBuffer& out) {
  const std::string_view text = as_chars(bytes);
  if (is_utf8(text)) {
    append_json_text(text, out);
  } else {
    append_base16(bytes, out);
  }
}

}  // namespace syscope::present
