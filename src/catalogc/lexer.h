// Catalog text to tokens.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "catalogc/diagnostics.h"

namespace syscope::catalogc {

enum class TokenKind : std::uint8_t {
  name,    // letters, digits and _
  number,  // 42, 0x2a, 0o52, 0b101010, 'T': `value`
  string,  // `text` is what stands between the quotes
  mark,    // punctuation: `text`
  end,     // of the file
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;
  std::uint64_t value = 0;
  Location at;
  bool operator==(std::string_view mark) const {
    return text == mark && (kind == TokenKind::mark || kind == TokenKind::name);
  }
};

// The tokens of one file, the last of them `end`. What is no token is reported and left out. The
// tokens are views into `text`.
[[nodiscard]] std::vector<Token> tokenize(std::string_view text, std::uint32_t file,
                                          Diagnostics& diagnostics);

}  // namespace syscope::catalogc
