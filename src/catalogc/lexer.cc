#include "catalogc/lexer.h"

#include <array>
#include <charconv>
#include <string>

namespace syscope::catalogc {
namespace {

constexpr std::array<std::string_view, 10> long_marks = {
    "->", "<<", ">>", "==", "!=", "<=", ">=", "&&", "||", "::"};
constexpr std::string_view short_marks = "(){}[]:;,*&|!~<>+-/=%@";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

class Lexer {
 public:
  Lexer(std::string_view text, std::uint32_t file, Diagnostics& diagnostics)
      : text_(text), file_(file), diagnostics_(diagnostics) {}

  std::vector<Token> run() {
    for (skip(); at_ < text_.size(); skip()) token();
    tokens_.push_back({TokenKind::end, "end of the file", 0, here()});
    return std::move(tokens_);
  }

 private:
  Location here() const {
    return {file_, line_, static_cast<std::uint32_t>(at_ - line_start_ + 1)};
  }

  // Steps over blanks and comments.
  void skip() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
        if (at_ == text_.size()) return;
      }
      if (text_[at_] == '\n') {
        ++line_;
        line_start_ = at_ + 1;
      } else if (text_[at_] != ' ' && text_[at_] != '\t' && text_[at_] != '\r') {
        return;
      }
    }
  }

  void token() {
    const char c = text_[at_];
    if (is_digit(c)) return number();
    if (is_name(c)) return add(TokenKind::name, name_length());
    if (c == '"') return string();
    if (c == '\'') return character();
    for (const std::string_view mark : long_marks) {
      if (text_.substr(at_, 2) == mark) return add(TokenKind::mark, 2);
    }
    if (short_marks.find(c) != std::string_view::npos) return add(TokenKind::mark, 1);
    diagnostics_.error(here(), "a character that the language does not know");
    ++at_;
  }

  std::size_t name_length() const {
    std::size_t end = at_;
    while (end < text_.size() && is_name(text_[end])) ++end;
    return end - at_;
  }

  void add(TokenKind kind, std::size_t length, std::uint64_t value = 0) {
    tokens_.push_back({kind, text_.substr(at_, length), value, here()});
    at_ += length;
  }

  void number() {
    const std::size_t length = name_length();
    std::string_view digits = text_.substr(at_, length);
    int base = 10;
    if (digits.size() > 1 && digits[0] == '0') {
      switch (digits[1]) {
        case 'x': base = 16; break;
        case 'o': base = 8; break;
        case 'b': base = 2; break;
        default: diagnostics_.error(here(), "a number that begins with 0: octal is written 0o17");
      }
      digits.remove_prefix(base == 10 ? 1 : 2);
    }
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      diagnostics_.error(here(), "'" + std::string(text_.substr(at_, length)) + "' is no number");
    }
    add(TokenKind::number, length, value);
  }

  void character() {
    if (text_.size() - at_ < 3 || text_[at_ + 2] != '\'' || text_[at_ + 1] == '\n') {
      diagnostics_.error(here(), "a character is written 'T'");
      ++at_;
      return;
    }
    add(TokenKind::number, 3, static_cast<unsigned char>(text_[at_ + 1]));
  }

  void string() {
    const Location start = here();
    const std::size_t end = text_.find_first_of("\"\n", at_ + 1);
    if (end == std::string_view::npos || text_[end] == '\n') {
      diagnostics_.error(start, "a string that does not end on its line");
      at_ = end == std::string_view::npos ? text_.size() : end;
      return;
    }
    tokens_.push_back({TokenKind::string, text_.substr(at_ + 1, end - at_ - 1), 0, start});
    at_ = end + 1;
  }

  std::string_view text_;
  std::uint32_t file_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::size_t line_start_ = 0;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text, std::uint32_t file, Diagnostics& diagnostics) {
  return Lexer(text, file, diagnostics).run();
}

}  // namespace syscope::catalogc
