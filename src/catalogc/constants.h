// The sets of constants, and what a constant expression is worth under an ABI.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalogc/ast.h"
#include "catalogc/diagnostics.h"

namespace syscope::catalogc {

// A set with everything that extends it, in the order of the text.
struct ConstantSet {
  std::string name;
  Location at;
  catalog::SetKind kind = catalog::SetKind::enumeration;
  std::string integer;
  std::string unknown;
  bool ambiguous = false;  // one number may have several names
  bool is_decimal = false;
  bool is_commented = false;
  std::vector<const MemberNode*> members;
};

class Constants {
 public:
  // Bytes of a type under an ABI, for _IOR and sizeof; nothing if it has no size.
  using Sizer = std::function<std::optional<std::uint32_t>(const TypeNode&, Abi)>;

  // Both live longer than the constants. Reports sets that are there twice or do not exist.
  Constants(const Program& program, Diagnostics& diagnostics);
  void set_sizer(Sizer sizer) { sizer_ = std::move(sizer); }

  // In the order of their names.
  [[nodiscard]] const std::map<std::string, ConstantSet, std::less<>>& sets() const {
    return sets_;
  }
  [[nodiscard]] const ConstantSet* find_set(std::string_view name) const;
  // Whether that is a request of ioctl(2) of any size.
  [[nodiscard]] bool is_sized(std::string_view name) const;
  [[nodiscard]] bool is_member(std::string_view name) const { return by_name_.contains(name); }
  [[nodiscard]] std::vector<std::string_view> member_names() const;

  // What a member is worth; nothing where the ABI has no such constant, or after an error.
  [[nodiscard]] std::optional<std::int64_t> value(const MemberNode& member, Abi abi);

  // A name on its own: first in the `preferred` sets, then in all of them. Reports names that do
  // not exist, and names that mean different numbers in different sets.
  [[nodiscard]] std::optional<std::int64_t> value(std::string_view name, Location at, Abi abi,
                                                  std::span<const ConstantSet* const> preferred);

  // A constant expression; reports what is none.
  [[nodiscard]] std::optional<std::int64_t> evaluate(
      const Expr& expr, Abi abi, std::span<const ConstantSet* const> preferred = {});

  // Reports overlapping, repeated and oversized members.
  void check();

 private:
  struct Place {
    const ConstantSet* set;
    const MemberNode* member;
  };
  void add_set(const SetNode& node);
  void check_set(const ConstantSet& set, Abi abi);
  void check_enum_member(const ConstantSet& set, const MemberNode& member, std::uint64_t value,
                         std::map<std::uint64_t, const MemberNode*>& seen);
  [[nodiscard]] std::optional<std::int64_t> evaluate_macro(
      const Expr& expr, Abi abi, std::span<const ConstantSet* const> preferred);

  const Program& program_;
  Diagnostics& diagnostics_;
  Sizer sizer_;
  std::map<std::string, ConstantSet, std::less<>> sets_;
  std::map<std::string, std::vector<Place>, std::less<>> by_name_;
  std::map<std::pair<const MemberNode*, Abi>, std::optional<std::int64_t>> values_;
  std::set<std::pair<const MemberNode*, Abi>> in_progress_;
};

// Whether a member stands for a number: others describe fields of several bits.
[[nodiscard]] constexpr bool has_number(const MemberNode& member) {
  return member.kind == catalog::MemberKind::named || member.kind == catalog::MemberKind::sized ||
         member.kind == catalog::MemberKind::based;
}

// The operator applied to numbers; nothing for a division by zero and for operators that are none.
[[nodiscard]] std::optional<std::int64_t> apply(catalog::Operator op, std::int64_t left,
                                                std::int64_t right);

// `value` cut to `width` bytes.
[[nodiscard]] constexpr std::uint64_t cut_to(std::uint64_t value, unsigned width) {
  return width >= 8 ? value : value & ((std::uint64_t{1} << width * 8) - 1);
}

}  // namespace syscope::catalogc
