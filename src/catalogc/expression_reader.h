// Tokens one by one, and the expressions that they make: what all declarations of the catalog
// language are read with.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalogc/ast.h"
#include "catalogc/diagnostics.h"
#include "catalogc/lexer.h"
#include "catalogc/operators.h"

namespace syscope::catalogc {

[[nodiscard]] inline bool is_macro(std::string_view word) {
  return word == "_IO" || word == "_IOR" || word == "_IOW" || word == "_IOWR" || word == "_IOC" ||
         word == "sizeof";
}

// Reports the first error to the diagnostics; from then on there are no more tokens until `failed_`
// is cleared.
class ExpressionReader {
 public:
  ExpressionReader(const ExpressionReader&) = delete;
  ExpressionReader& operator=(const ExpressionReader&) = delete;

 protected:
  ExpressionReader(std::vector<Token> tokens, Diagnostics& diagnostics)
      : tokens_(std::move(tokens)), diagnostics_(diagnostics) {}
  ~ExpressionReader() = default;

  // A type, as some macros take one.
  virtual TypeNode type() = 0;

  // After an error everything reads as the end of the file, so that every loop ends by itself.
  const Token& peek(std::size_t ahead = 0) const {
    if (failed_) return tokens_.back();
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool at_end() const { return peek().kind == TokenKind::end; }
  Token next() {
    const Token token = peek();
    if (!at_end()) ++at_;
    return token;
  }
  bool accept(std::string_view mark) {
    if (!(peek() == mark)) return false;
    next();
    return true;
  }

  void fail(const Token& token, std::string_view expected) {
    if (failed_) return;
    std::string found =
        token.kind == TokenKind::end ? "the end of the file" : "'" + std::string(token.text) + "'";
    diagnostics_.error(token.at, "expected " + std::string(expected) + ", found " + found);
    failed_ = true;
  }
  void expect(std::string_view mark) {
    if (!accept(mark)) fail(peek(), "'" + std::string(mark) + "'");
  }
  std::string name(std::string_view what) {
    if (peek().kind != TokenKind::name) {
      fail(peek(), what);
      return {};
    }
    return std::string(next().text);
  }

  std::string string(std::string_view what) {
    if (peek().kind != TokenKind::string) fail(peek(), what);
    return std::string(next().text);
  }

  // "name:" (in structs also "*name:") begins the next field, case or parameter, whatever the name
  // is.
  bool at_entry() const {
    const std::size_t star = peek() == "*" ? 1 : 0;
    return peek(star).kind == TokenKind::name && peek(star + 1) == ":";
  }
  bool accept_word(std::string_view word) { return !at_entry() && accept(word); }

  Expr expression(int least = 1) {
    const Nesting nesting(*this);
    Expr left = unary();
    for (int operators = 0; !at_end() && !at_entry(); ++operators) {
      const auto* const word = std::ranges::find_if(
          binaries, [&](const BinaryWord& candidate) { return peek() == candidate.mark; });
      if (word == std::end(binaries) || word->binding < least) break;
      if (operators == most_operators) fail(peek(), "a shorter expression");
      Expr node{.kind = Expr::Kind::binary, .at = next().at, .op = word->op};
      Expr right = expression(word->binding + 1);
      node.operands.push_back(std::move(left));
      node.operands.push_back(std::move(right));
      left = std::move(node);
    }
    return left;
  }

  Expr unary() {
    const Nesting nesting(*this);
    const Token token = peek();
    if (accept("-")) {
      Expr zero{.at = token.at};
      return with_operands(token, Expr::Kind::binary, catalog::Operator::subtract, std::move(zero), unary());
    }
    if (accept("~") || accept("!")) {
      const catalog::Operator op = token == "~" ? catalog::Operator::bit_not : catalog::Operator::logical_not;
      Expr node{.kind = Expr::Kind::unary, .at = token.at, .op = op};
      node.operands.push_back(unary());
      return node;
    }
    if (accept("*")) {
      return {.kind = Expr::Kind::pointee, .at = token.at, .text = name("the name of an argument")};
    }
    if (accept("(")) {
      Expr inner = expression();
      expect(")");
      return inner;
    }
    return primary();
  }

  static Expr with_operands(const Token& token, Expr::Kind kind, catalog::Operator op, Expr left,
                            Expr right) {
    Expr node{.kind = kind, .at = token.at, .op = op};
    node.operands.push_back(std::move(left));
    node.operands.push_back(std::move(right));
    return node;
  }

  Expr primary() {
    const Token token = next();
    if (token.kind == TokenKind::number) return {.at = token.at, .value = token.value};
    if (token.kind == TokenKind::name) {
      if (is_macro(token.text)) return macro(token);
      if (token == "text" && peek().kind == TokenKind::name) {
        const Token sibling = next();
        return {.kind = Expr::Kind::sibling, .at = sibling.at, .text = std::string(sibling.text)};
      }
      return {.kind = Expr::Kind::name, .at = token.at, .text = std::string(token.text)};
    }
    fail(token, "a number, a name or '('");
    return {};
  }

  Expr macro(const Token& word) {
    Expr node{.kind = Expr::Kind::macro, .at = word.at, .text = std::string(word.text)};
    expect("(");
    const bool typed = word == "_IOR" || word == "_IOW" || word == "_IOWR";
    const std::size_t count = word == "_IOC" ? 4 : word == "sizeof" ? 0 : 2;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) expect(",");
      node.operands.push_back(expression());
    }
    if (typed) expect(",");
    if (typed || word == "sizeof") node.type = std::make_shared<TypeNode>(type());
    expect(")");
    return node;
  }

  // Counts the recursion while it lives; too deep a text is an error.
  class Nesting {
   public:
    explicit Nesting(ExpressionReader& reader) : reader_(reader) {
      if (++reader_.depth_ > deepest) reader_.fail(reader_.peek(), "less nesting");
    }
    ~Nesting() { --reader_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    ExpressionReader& reader_;
  };

  std::vector<Token> tokens_;
  Diagnostics& diagnostics_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool failed_ = false;

 private:
  // Deeper nesting than any sensible text has; it bounds the recursion.
  static constexpr int deepest = 50;
  static constexpr int most_operators = 50;
};

}  // namespace syscope::catalogc
