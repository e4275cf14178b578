// Sizes, alignments and offsets by the C rules of one ABI: System V ABI for i386 and x86-64,
// AAPCS64.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogc/ast.h"
#include "catalogc/constants.h"
#include "catalogc/diagnostics.h"
#include "catalogc/words.h"

namespace syscope::catalogc {

struct Extent {
  std::uint32_t size = 0;  // of the fixed part
  std::uint32_t align = 1;
  bool varies = false;  // more may follow the fixed part
};

struct Place {
  std::uint32_t offset = 0;
  std::uint16_t bit_offset = 0;  // bit fields: first bit in the number at `offset`
  std::uint16_t bit_width = 0;   // 0: not a bit field
  Extent extent;
};

struct StructLayout {
  std::vector<Place> fields;  // as in StructNode::fields
  Extent extent;
};

class Layout {
 public:
  // All live longer than the layout.
  Layout(const Program& program, Constants& constants, Diagnostics& diagnostics, Abi abi);

  [[nodiscard]] Abi abi() const { return abi_; }

  // The struct of that name under this ABI; nullptr if there is none.
  [[nodiscard]] const StructNode* find_struct(std::string_view name) const;
  // The same, and an error at `at` if there is none.
  [[nodiscard]] const StructNode* need_struct(std::string_view name, Location at);

  // A struct whose first byte lies at an address that leaves `skew` when divided by 16: spliced
  // structs are laid out as if their fields stood in the struct around them.
  [[nodiscard]] const StructLayout& of(const StructNode& node, std::uint32_t skew = 0);

  // Memory of a value of that type (for a pointer: of the pointer).
  [[nodiscard]] Extent extent(const TypeNode& type, std::uint32_t skew = 0);

  // Width and sign of a number type.
  [[nodiscard]] Integer number(const TypeNode& type);

  // The value of an expression made of constants only; nothing if it depends on more.
  [[nodiscard]] std::optional<std::int64_t> constant(const Expr& expr);

 private:
  [[nodiscard]] Extent core_extent(const TypeNode& type, std::uint32_t skew);
  [[nodiscard]] Extent memory_extent(const TypeNode& type);
  [[nodiscard]] bool is_constant(const Expr& expr) const;
  [[nodiscard]] bool counts_bytes(const TypeNode& type) const;
  void place(const FieldNode& field, bool packed, std::uint32_t skew, StructLayout& layout,
             std::uint64_t& bit);
  void place_bits(const FieldNode& field, bool packed, StructLayout& layout, std::uint64_t& bit);

  const Program& program_;
  Constants& constants_;
  Diagnostics& diagnostics_;
  Abi abi_;
  std::map<std::string, const StructNode*, std::less<>> structs_;
  std::map<std::pair<const StructNode*, std::uint32_t>, StructLayout> layouts_;
  std::vector<const StructNode*> in_progress_;
};

}  // namespace syscope::catalogc
