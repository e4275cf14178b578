// The catalog as written: what the parser makes and everything behind it reads. Names are not
// resolved.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "abi/abi.h"
#include "catalog/tables.h"
#include "catalogc/diagnostics.h"

namespace syscope::catalogc {

// The ABIs that have tables, in the order of enum Abi; x32 has none.
inline constexpr std::array<Abi, 3> compiled_abis = {Abi::x86_64, Abi::i386, Abi::arm64};

struct TypeNode;

struct Expr {
  enum class Kind : std::uint8_t {
    number,   // value
    name,     // text: argument, field, member; also ret, fill, available
    pointee,  // *text
    unary,    // op, operands[0]
    binary,   // op, operands[0..1]
    macro,    // text(operands..., type): _IO, _IOR, _IOW, _IOWR, _IOC, sizeof
    sibling,  // the string in the netlink attribute `text`
  };
  Kind kind = Kind::number;
  Location at;
  std::uint64_t value = 0;
  std::string text;
  catalog::Operator op = catalog::Operator::constant;
  std::vector<Expr> operands;
  std::shared_ptr<TypeNode> type;
};

// A case of a switch: all `keys` share `type`.
struct CaseNode {
  std::vector<Expr> keys;
  std::shared_ptr<TypeNode> type;
};

struct TypeNode {
  enum class Core : std::uint8_t {
    number,  // integer and notation, either may be empty; set
    named,   // name: a struct
    memory,  // name: path, str, bytes, ...
    choice,  // discriminator, cases, otherwise
    group,   // inner: a type in parentheses
    attributes,  // name: a table of netlink attributes
    chain,   // name: a struct that begins with its length
  };
  Location at;
  catalog::Direction direction = catalog::Direction::none;
  bool inherit = false;  // "to"
  bool verbose = false;
  bool always = false;
  std::string pointer_integer;  // an INT before the direction: the width of the pointer
  Core core = Core::number;
  std::string integer;
  std::string notation;
  bool big_endian = false;  // `be16 enum SET`
  std::string set;
  Location word_at;  // of the name of the set or struct
  std::string name;
  std::optional<Expr> discriminator;
  std::vector<CaseNode> cases;
  std::shared_ptr<TypeNode> otherwise;
  std::shared_ptr<TypeNode> inner;
  std::shared_ptr<TypeNode> netlink;  // of a netlink socket's bytes: `of` this type
  std::string positions;              // of an array: `indexed` by this set
  std::optional<Expr> length;
  std::optional<Expr> filled;
  std::optional<Expr> fill;
  std::string hook;
};

// A constant, and those of the ABIs that differ; an empty expression: that ABI has none.
struct AbiConstant {
  std::optional<Expr> common;
  std::map<Abi, std::optional<Expr>> special;
};

struct MemberNode {
  std::string name;
  Location at;
  AbiConstant value;
  std::optional<Expr> mask;  // of the group around it
  std::optional<Expr> low_bits;  // of the `based` group around it
  bool zero = false;         // stands in a `zero` group
  bool apart = false;        // counted: a number of its own in every style
  catalog::MemberKind kind = catalog::MemberKind::named;
};

struct SetNode {
  std::string name;
  Location at;
  bool extends = false;
  catalog::SetKind kind = catalog::SetKind::enumeration;
  std::string integer;  // empty: int
  std::string unknown;
  bool ambiguous = false;  // one number may have several names
  bool is_decimal = false;
  bool is_commented = false;
  std::vector<MemberNode> members;
};

struct FieldNode {
  std::string name;  // empty: spliced
  Location at;
  TypeNode type;
  std::optional<Expr> condition;
  std::uint16_t flags = 0;  // catalog::FieldFlag
  std::optional<Expr> offset;
  std::optional<Expr> bits;
  std::optional<Expr> shift;
};

struct StructNode {
  std::string name;
  Location at;
  std::vector<Abi> abis;  // empty: those that have no struct of their own under this name
  bool sized = false;
  bool padded = false;
  bool torn = false;
  bool packed = false;
  bool first = false;
  bool joined = false;
  std::uint16_t flags = 0;  // catalog::StructFlag: gaps, list, zeroed
  std::optional<Expr> condition;  // without which it is not shown
  std::vector<FieldNode> fields;
};

// `attributes NAME { IFLA_MTU 4: u32 ... }`. The names and numbers of a table without `set` are an enum
// of its own name.
struct AttributesNode {
  std::string name;
  Location at;
  std::string set;
  std::vector<CaseNode> cases;
  std::shared_ptr<TypeNode> otherwise;
};

struct ParamNode {
  std::string name;
  Location at;
  TypeNode type;
  // The register, where the order of printing is another: for the ABIs named, and all others.
  std::optional<std::uint8_t> position;
  std::map<Abi, std::uint8_t> positions;
  bool named = false;
  bool joined = false;
  std::optional<Expr> condition;
};

struct EffectNode {
  std::string name;
  Location at;
  std::vector<std::string> operands;
};

struct ProtoNode {
  Location at;
  std::vector<ParamNode> params;
  bool never = false;
  std::optional<TypeNode> result;
  std::string result_hook;
  std::vector<std::pair<std::string, Location>> classes;
  std::vector<EffectNode> effects;
};

struct CallNode {
  std::string name;
  Location at;
  std::map<Abi, std::uint32_t> numbers;
  ProtoNode proto;
  std::string summary;
};

struct VariantNode {
  std::vector<Expr> first;            // keys of the first argument where there are two, else empty
  std::vector<Expr> keys;             // of the last argument
  std::vector<MemberNode> additions;  // `NAME constant` keys: members for the set of the argument
  std::shared_ptr<ProtoNode> proto;
};

struct VariantsNode {
  std::string call;
  Location at;
  std::vector<Abi> abis;  // empty: all
  std::vector<std::pair<std::string, Location>> arguments;
  std::optional<Expr> mask;
  std::vector<VariantNode> variants;
};

// `meanings openat, open { ENOENT "..." }`: what names mean where the subjects use them.
struct MeaningsNode {
  struct Entry {
    std::string name;
    Location at;
    std::string text;
  };
  std::vector<std::pair<std::string, Location>> subjects;
  std::vector<Entry> entries;
};

struct Program {
  std::vector<CallNode> calls;
  std::vector<VariantsNode> variants;
  std::vector<SetNode> sets;
  std::vector<StructNode> structs;
  std::vector<AttributesNode> attributes;
  std::vector<MeaningsNode> meanings;
};

}  // namespace syscope::catalogc
