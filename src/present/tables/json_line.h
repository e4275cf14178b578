// JSON, one object per line. RFC 8259.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/text_buffer.h"

namespace syscope::present {

// Writes one value after the other; commas come by themselves. The caller closes what it opens.
// Numbers are exact to 64 bits. A byte that is not UTF-8 becomes a lone surrogate, \udc80 to
// \udcff: the line stays ASCII-safe there, and Python's "surrogateescape" gives the byte back.
class JsonLine {
 public:
  explicit JsonLine(TextBuffer& text) : text_(text) {}

  void open_object() { open('{'); }
  void close_object() { close('}'); }
  void open_array() { open('['); }
  void close_array() { close(']'); }
  void key(std::string_view name);
  void string(std::string_view raw);
  void number(std::uint64_t value);
  void signed_number(std::int64_t value);
  void boolean(bool value);
  void null();
  // Digits that are already text.
  void literal(std::string_view digits);
  // Ends the line.
  void end_line();

  void field(std::string_view name, std::string_view raw) {
    key(name);
    string(raw);
  }
  void field(std::string_view name, std::uint64_t value) {
    key(name);
    number(value);
  }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();

  TextBuffer& text_;
  bool needs_comma_ = false;
};

}  // namespace syscope::present
