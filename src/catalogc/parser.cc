#include "catalogc/parser.h"

#include <algorithm>
#include <utility>

#include "catalogc/expression_reader.h"
#include "catalogc/lexer.h"
#include "catalogc/words.h"

namespace syscope::catalogc {
namespace {

// Numbers from this one on are the same under every ABI: syscall(2), "Architecture-specific
// details".
constexpr std::uint32_t first_unified_number = 424;

bool is_direction(std::string_view word) {
  return word == "in" || word == "out" || word == "io" || word == "to";
}

class Parser : private ExpressionReader {
 public:
  Parser(std::vector<Token> tokens, Program& program, Diagnostics& diagnostics)
      : ExpressionReader(std::move(tokens), diagnostics), program_(program) {}

  void run() {
    while (tokens_[at_].kind != TokenKind::end) {
      declaration();
      if (failed_) recover();
    }
  }

 private:
  static bool begins_declaration(const Token& token) {
    return token.at.column == 1 &&
           (token == "call" || token == "variants" || token == "enum" || token == "flags" ||
            token == "struct" || token == "extend" || token == "meanings" ||
            token == "attributes");
  }
  void recover() {
    failed_ = false;
    if (!at_end()) ++at_;
    while (!at_end() && !begins_declaration(peek())) ++at_;
  }

  void declaration() {
    const Token word = next();
    if (word == "call") return call(word.at);
    if (word == "variants") return variants();
    if (word == "struct") return structure();
    if (word == "meanings") return meanings();
    if (word == "attributes") return attributes();
    if (word == "extend") {
      const Token kind = next();
      if (kind == "enum" || kind == "flags") return set(kind, true);
      return fail(kind, "'enum' or 'flags'");
    }
    if (word == "enum" || word == "flags") return set(word, false);
    fail(word,
         "'call', 'variants', 'struct', 'enum', 'flags', 'attributes', 'extend' or 'meanings'");
  }

  // --- types

  TypeNode type() override {
    const Nesting nesting(*this);
    TypeNode node{.at = peek().at};
    if (is_integer(peek().text) && is_direction(peek(1).text) && !(peek(2) == ":")) {
      node.pointer_integer = std::string(next().text);
    }
    if (is_direction(peek().text)) {
      const Token word = next();
      node.inherit = word == "to";
      node.direction = word == "out"  ? catalog::Direction::out
                       : word == "io" ? catalog::Direction::inout
                                      : catalog::Direction::in;
      node.always = accept_word("always");
      node.verbose = accept_word("verbose");
    }
    core(node);
    if (accept("[")) {
      node.length = expression();
      if (accept(";")) node.filled = expression();
      expect("]");
    }
    if (accept_word("fill")) node.fill = expression();
    if (accept_word("of")) node.netlink = std::make_shared<TypeNode>(type());
    if (accept_word("indexed")) node.positions = name("the name of a set");
    if (accept_word("via")) node.hook = name("the name of a hook");
    return node;
  }

  void core(TypeNode& node) {
    if (accept("(")) {
      node.core = TypeNode::Core::group;
      node.inner = std::make_shared<TypeNode>(type());
      return expect(")");
    }
    if (accept("switch")) return choice(node);
    const std::string_view word = peek().text;
    if (peek().kind != TokenKind::name) return fail(peek(), "a type");
    if (!at_entry() && (word == "attributes" || word == "chain")) {
      node.core = next() == "chain" ? TypeNode::Core::chain : TypeNode::Core::attributes;
      node.word_at = peek().at;
      node.name = name("the name of a struct or table");
      return;
    }
    if (is_memory(word)) {
      node.core = TypeNode::Core::memory;
      node.name = std::string(next().text);
      if (node.name == "bitset") {
        node.word_at = peek().at;
        node.set = name("the name of a set");
      }
      return;
    }
    if (is_integer(word)) {
      node.integer = std::string(next().text);
      if (at_entry() || peek().kind != TokenKind::name || !find_notation(peek().text)) return;
    }
    const NotationWord* const notation = find_notation(peek().text);
    if (notation == nullptr) {
      node.core = TypeNode::Core::named;
      node.word_at = peek().at;
      node.name = std::string(next().text);
      return;
    }
    node.notation = std::string(next().text);
    if ((node.notation == "be16" || node.notation == "be32") && !at_entry() &&
        (peek() == "enum" || peek() == "flags")) {
      node.big_endian = true;
      node.integer = notation->integer;
      node.notation = std::string(next().text);
      node.word_at = peek().at;
      node.set = name("the name of a set");
      return;
    }
    if (notation->integer.empty() || (notation->name == "ioctl" && at_set_name())) {
      node.word_at = peek().at;
      node.set = name("the name of a set");
    }
  }

  bool at_set_name() const {
    if (peek().kind != TokenKind::name || at_entry()) return false;
    for (const std::string_view word :
         {"if", "via", "fill", "hidden", "nonzero", "bare", "bits", "changes", "of", "indexed",
          "behind", "shift"}) {
      if (peek() == word) return false;
    }
    return true;
  }

  void choice(TypeNode& node) {
    node.core = TypeNode::Core::choice;
    node.discriminator = expression();
    expect("{");
    while (!at_end() && !accept("}")) {
      if (accept("else")) {
        expect(":");
        node.otherwise = std::make_shared<TypeNode>(type());
        continue;
      }
      CaseNode entry;
      do entry.keys.push_back(case_key());
      while (accept(","));
      expect(":");
      entry.type = std::make_shared<TypeNode>(type());
      node.cases.push_back(std::move(entry));
    }
  }

  // Texts are compared by what they stand for.
  Expr case_key() {
    if (peek().kind != TokenKind::string) return expression();
    const Token token = next();
    return {.at = token.at, .value = static_cast<std::uint64_t>(catalog::text_key(token.text))};
  }

  // --- sets

  void meanings() {
    MeaningsNode node;
    do {
      const Location at = peek().at;
      node.subjects.emplace_back(name("a call, a set, or a group of meanings"), at);
    } while (accept(","));
    expect("{");
    while (!at_end() && !accept("}")) {
      const Location at = peek().at;
      std::string entry = name("the name that is explained");
      node.entries.push_back({std::move(entry), at, string("its meaning, a string")});
    }
    if (!failed_) program_.meanings.push_back(std::move(node));
  }

  void attributes() {
    AttributesNode node{.at = peek().at};
    node.name = name("the name of the table");
    SetNode names{.name = node.name, .at = node.at};
    names.integer = "u16";
    if (accept("by")) node.set = name("the name of a set");
    if (accept("else")) names.unknown = string("a string");
    expect("{");
    while (!at_end() && !accept("}")) {
      if (accept("else")) {
        expect(":");
        node.otherwise = std::make_shared<TypeNode>(type());
        continue;
      }
      CaseNode entry;
      do {
        entry.keys.push_back({.kind = Expr::Kind::name, .at = peek().at});
        if (node.set.empty()) {
          names.members.push_back(member());
          entry.keys.back().text = names.members.back().name;
        } else {
          entry.keys.back() = expression();
        }
      } while (accept(","));
      if (!accept(":")) continue;
      entry.type = std::make_shared<TypeNode>(type());
      node.cases.push_back(std::move(entry));
    }
    if (failed_) return;
    if (node.set.empty()) program_.sets.push_back(std::move(names));
    program_.attributes.push_back(std::move(node));
  }

  void set(const Token& kind, bool extends) {
    SetNode node{.at = peek().at, .extends = extends};
    node.kind = kind == "enum" ? catalog::SetKind::enumeration : catalog::SetKind::flags;
    node.name = name("the name of the set");
    if (accept(":")) {
      if (!is_integer(peek().text)) fail(peek(), "an integer type");
      node.integer = std::string(next().text);
    }
    if (accept("else")) {
      node.unknown = string("a string");
    }
    node.ambiguous = accept("ambiguous");
    node.is_decimal = accept("decimal");
    node.is_commented = accept("commented");
    expect("{");
    while (!at_end() && !accept("}")) group_or_member(node);
    if (!failed_) program_.sets.push_back(std::move(node));
  }

  void group_or_member(SetNode& node) {
    const std::size_t first = node.members.size();
    if (peek() == "zero" && peek(1) == "{") {
      next();
      members(node);
      for (std::size_t i = first; i < node.members.size(); ++i) node.members[i].zero = true;
    } else if (peek() == "sized" && peek(1) == "{") {
      next();
      members(node);
      for (std::size_t i = first; i < node.members.size(); ++i) {
        node.members[i].kind = catalog::MemberKind::sized;
      }
    } else if (peek() == "based" && peek(1).kind == TokenKind::number) {
      based(node);
    } else if (peek() == "behind" && peek(1) == "mask") {
      node.members.push_back(MemberNode{.at = next().at, .kind = catalog::MemberKind::behind});
    } else if (accept("mask")) {
      const Expr mask = expression();
      std::optional<MemberNode> otherwise;
      if (accept("apart")) {
        otherwise = MemberNode{.at = peek().at, .kind = catalog::MemberKind::apart};
      }
      if (accept("else")) {
        if (!otherwise) {
          otherwise = MemberNode{.at = peek().at, .kind = catalog::MemberKind::otherwise};
        }
        otherwise->name = string("a string");
      }
      members(node);
      if (otherwise) node.members.push_back(std::move(*otherwise));
      for (std::size_t i = first; i < node.members.size(); ++i) node.members[i].mask = mask;
    } else if (peek(1).kind == TokenKind::number &&
               (peek() == "octal" || peek() == "hex" || peek() == "decimal")) {
      const auto kind = peek() == "octal" ? catalog::MemberKind::octal
                        : peek() == "hex" ? catalog::MemberKind::hex
                                          : catalog::MemberKind::decimal;
      MemberNode rest{.at = next().at};
      rest.kind = kind;
      rest.mask = expression();
      node.members.push_back(std::move(rest));
    } else if ((peek(1).kind == TokenKind::number || peek(1) == "apart") &&
               (peek() == "shifted" || peek() == "counted")) {
      const bool in_hex = peek() == "shifted";
      MemberNode field{.at = next().at};
      field.apart = accept("apart");
      field.kind = in_hex ? catalog::MemberKind::shifted : catalog::MemberKind::counted;
      field.mask = expression();
      field.name = string("a string: the name of the distance");
      node.members.push_back(std::move(field));
    } else {
      node.members.push_back(member());
    }
  }
  void members(SetNode& node) {
    expect("{");
    while (!at_end() && !accept("}")) {
      if (peek() == "based" && peek(1).kind == TokenKind::number)
        based(node);
      else
        node.members.push_back(member());
    }
  }
  void based(SetNode& node) {
    const Nesting nesting(*this);
    const std::size_t first = node.members.size();
    next();
    const Expr low_bits = expression();
    members(node);
    for (std::size_t i = first; i < node.members.size(); ++i) {
      node.members[i].kind = catalog::MemberKind::based;
      node.members[i].low_bits = low_bits;
    }
  }

  MemberNode member() {
    MemberNode node{.at = peek().at};
    // In quotes stands what is written for the value but is no name: "1<<CAP_KILL".
    if (peek().kind == TokenKind::string)
      node.name = std::string(next().text);
    else
      node.name = name("the name of a constant");
    node.value = abi_constant();
    return node;
  }

  bool at_absent() const {
    return peek() == "-" && peek(1).kind != TokenKind::number && !(peek(1) == "(");
  }
  AbiConstant abi_constant() {
    AbiConstant value;
    if (at_absent())
      next();
    else
      value.common = expression();
    while (const auto abi = abi_word()) {
      if (at_absent()) {
        next();
        value.special[*abi] = std::nullopt;
      } else {
        value.special[*abi] = expression();
      }
    }
    return value;
  }
  std::optional<Abi> abi_word() {
    if (peek().kind != TokenKind::name) return std::nullopt;
    const auto abi = find_abi(peek().text);
    if (abi) next();
    return abi;
  }

  // --- structs

  void structure() {
    StructNode node{.at = peek().at};
    node.name = name("the name of the struct");
    while (const auto abi = abi_word()) node.abis.push_back(*abi);
    node.padded = accept("padded");
    node.sized = node.padded || accept("sized");
    node.torn = accept("torn");
    node.packed = accept("packed");
    node.first = accept("first");
    node.joined = accept("parts");
    if (accept("gaps")) node.flags |= catalog::struct_gaps;
    if (accept("list")) node.flags |= catalog::struct_list;
    if (accept("zeroed")) node.flags |= catalog::struct_zeroed;
    if (accept_word("if")) node.condition = expression();
    expect("{");
    while (!at_end() && !accept("}")) node.fields.push_back(field());
    if (!failed_) program_.structs.push_back(std::move(node));
  }

  FieldNode field() {
    FieldNode node;
    if (accept("*")) node.flags |= catalog::field_brief;
    node.at = peek().at;
    if (peek().kind == TokenKind::string)
      node.name = std::string(next().text);  // what is written, but no name: "m.offset"
    else if (!(peek() == ":"))
      node.name = name("the name of a field");
    else
      node.flags |= catalog::field_splice;
    expect(":");
    node.type = type();
    while (!at_end()) {
      if (accept("@"))
        node.offset = expression();
      else if (accept_word("if"))
        node.condition = expression();
      else if (accept_word("hidden"))
        node.flags |= catalog::field_hidden;
      else if (accept_word("nonzero"))
        node.flags |= catalog::field_nonzero;
      else if (accept_word("bare"))
        node.flags |= catalog::field_bare;
      else if (accept_word("changes"))
        node.flags |= catalog::field_changes;
      else if (accept_word("folded"))
        node.flags |= catalog::field_folded;
      else if (accept_word("renamed"))
        node.flags |= catalog::field_renamed;
      else if (accept_word("bits"))
        node.bits = expression();
      else if (accept_word("behind"))
        node.flags |= catalog::field_behind;
      else if (accept_word("shift"))
        node.shift = expression();
      else
        break;
    }
    return node;
  }

  // --- calls

  // "-" is no number: that ABI has no such call.
  std::optional<std::uint32_t> call_number() {
    if (accept("-")) return std::nullopt;
    if (peek().kind != TokenKind::number) fail(peek(), "a number of a call, or '-'");
    if (peek().value > 0xffff) fail(peek(), "a number of a call below 65536");
    return static_cast<std::uint32_t>(next().value);
  }

  void call(Location at) {
    CallNode node{.at = at};
    if (peek().kind == TokenKind::name) node.at = peek().at;
    node.name = name("the name of the call");
    if (const auto common = call_number()) {
      for (const Abi abi : compiled_abis) {
        if (abi == Abi::x86_64 || *common >= first_unified_number) node.numbers[abi] = *common;
      }
    }
    while (const auto abi = abi_word()) {
      const auto special = call_number();
      if (special)
        node.numbers[*abi] = *special;
      else
        node.numbers.erase(*abi);
    }
    node.proto = proto();
    while (peek().kind == TokenKind::string) {
      if (!node.summary.empty()) node.summary += ' ';
      node.summary += next().text;
    }
    if (!failed_) program_.calls.push_back(std::move(node));
  }

  ProtoNode proto() {
    ProtoNode node{.at = peek().at};
    expect("(");
    while (!at_end() && !(peek() == ")")) {
      node.params.push_back(param());
      if (!accept(",")) break;
    }
    expect(")");
    if (accept("->")) result(node);
    while (accept("%")) {
      const Location at = peek().at;
      node.classes.emplace_back(name("the name of a class"), at);
    }
    while (accept("!")) node.effects.push_back(effect());
    return node;
  }

  void result(ProtoNode& node) {
    if (accept_word("never")) {
      node.never = true;
      return;
    }
    node.result = type();
    node.result_hook = std::exchange(node.result->hook, {});
  }

  ParamNode param() {
    ParamNode node{.at = peek().at};
    node.name = name("the name of an argument");
    expect(":");
    node.type = type();
    if (accept("@")) positions(node);
    node.named = accept_word("named");
    node.joined = accept_word("joined");
    if (accept("if")) node.condition = expression();
    return node;
  }

  // INT { ABI INT }
  void positions(ParamNode& node) {
    node.position = register_number();
    while (const auto abi = abi_word()) node.positions[*abi] = register_number();
  }
  std::uint8_t register_number() {
    if (peek().kind != TokenKind::number || peek().value > 5) fail(peek(), "a register, 0 to 5");
    return static_cast<std::uint8_t>(next().value);
  }

  EffectNode effect() {
    EffectNode node{.at = peek().at};
    node.name = name("the name of an effect");
    expect("(");
    while (!at_end() && !(peek() == ")")) {
      node.operands.push_back(name("the name of an argument, or ret"));
      if (!accept(",")) break;
    }
    expect(")");
    return node;
  }

  // --- variants

  void variants() {
    VariantsNode node{.at = peek().at};
    node.call = name("the name of a call");
    while (const auto abi = abi_word()) node.abis.push_back(*abi);
    expect("by");
    do {
      const Location at = peek().at;
      node.arguments.emplace_back(name("the name of an argument"), at);
    } while (accept(","));
    if (node.arguments.size() > 2) fail(peek(), "at most two arguments");
    if (accept("&")) node.mask = expression();
    expect("{");
    while (!at_end() && !accept("}")) {
      if (node.arguments.size() == 2)
        nested_variants(node);
      else
        variant(node, {});
    }
    if (!failed_) program_.variants.push_back(std::move(node));
  }

  void nested_variants(VariantsNode& node) {
    std::vector<Expr> first;
    do first.push_back(expression());
    while (accept(","));
    expect("{");
    while (!at_end() && !accept("}")) variant(node, first);
  }

  void variant(VariantsNode& node, const std::vector<Expr>& first) {
    VariantNode entry{.first = first};
    do entry.keys.push_back(key(entry));
    while (accept(","));
    expect(":");
    entry.proto = std::make_shared<ProtoNode>(proto());
    node.variants.push_back(std::move(entry));
  }

  Expr key(VariantNode& node) {
    const Token& word = peek();
    if (word.kind == TokenKind::string) {
      return {.kind = Expr::Kind::name, .at = word.at, .text = std::string(next().text)};
    }
    const bool adds =
        word.kind == TokenKind::name && !is_macro(word.text) &&
        (peek(1).kind == TokenKind::name || peek(1).kind == TokenKind::number || peek(1) == "(");
    if (!adds) return expression();
    node.additions.push_back(member());
    const MemberNode& added = node.additions.back();
    return {.kind = Expr::Kind::name, .at = added.at, .text = added.name};
  }


  Program& program_;
};

}  // namespace

void parse(std::string_view text, std::uint32_t file, Program& program, Diagnostics& diagnostics) {
  Parser(tokenize(text, file, diagnostics), program, diagnostics).run();
}

}  // namespace syscope::catalogc
