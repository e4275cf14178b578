#include "present/tables/json_line.h"

#include "present/tables/terminal_text.h"

namespace syscope::present {
namespace {

void append_unicode_escape(TextBuffer& text, unsigned code) {
  static constexpr char digits[] = "0123456789abcdef";
  text.append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) text.append(digits[code >> shift & 15]);
}

bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

}  // namespace

void JsonLine::separate() {
  if (needs_comma_) text_.append(',');
  needs_comma_ = true;
}

void JsonLine::open(char bracket) {
  separate();
  text_.append(bracket);
  needs_comma_ = false;
}

void JsonLine::close(char bracket) {
  text_.append(bracket);
  needs_comma_ = true;
}

void JsonLine::key(std::string_view name) {
  string(name);
  text_.append(':');
  needs_comma_ = false;
}

void JsonLine::string(std::string_view raw) {
  separate();
  text_.append('"');
  while (!raw.empty()) {
    std::size_t plain = 0;
    while (plain < raw.size() && is_plain(static_cast<unsigned char>(raw[plain]))) ++plain;
    text_.append(raw.substr(0, plain));
    raw.remove_prefix(plain);
    if (raw.empty()) break;
    const auto first = static_cast<unsigned char>(raw[0]);
    const unsigned length = utf8_length(raw);
    if (length == 0) {
      append_unicode_escape(text_, 0xdc00u + first);
    } else if (length > 1) {
      text_.append(raw.substr(0, length));
    } else if (first == '"' || first == '\\') {
      text_.append('\\');
      text_.append(static_cast<char>(first));
    } else {
      append_unicode_escape(text_, first);
    }
    raw.remove_prefix(length == 0 ? 1 : length);
  }
  text_.append('"');
}

void JsonLine::number(std::uint64_t value) {
  separate();
  text_.append_decimal(value);
}

void JsonLine::signed_number(std::int64_t value) {
  separate();
  text_.append_signed(value);
}

void JsonLine::boolean(bool value) { literal(value ? "true" : "false"); }
void JsonLine::null() { literal("null"); }

void JsonLine::literal(std::string_view digits) {
  separate();
  text_.append(digits);
}

void JsonLine::end_line() {
  text_.append('\n');
  needs_comma_ = false;
}

}  // namespace syscope::present
