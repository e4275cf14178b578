// Numbers as the names of a set of the catalog: enumerations and flags.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/text_buffer.h"
#include "catalog/tables.h"
#include "present/text_style.h"

namespace syscope::present {

// The name of `value` in an enumeration; empty if it has none. `width` is the number's size in
// bytes: what lies above does not count.
[[nodiscard]] std::string_view constant_name(const catalog::Set& set, std::uint64_t value,
                                             unsigned width);

// Writes the name of a request of ioctl(2) that may have any size, and the size: EVIOCGNAME(8);
// returns whether the set has one.
bool append_sized_name(const catalog::Set& set, std::uint64_t request, ConstantStyle style,
                       TextBuffer& out);

// Writes all names of `value` in an enumeration, "A or B", in the order of the set; returns whether
// there is one.
bool append_all_names(const catalog::Set& set, std::uint64_t value, unsigned width,
                      TextBuffer& out);

// One name, or the number in hex and the set's comment for unknown values: 0x63 /* SEEK_??? */.
void append_constant(const catalog::Set& set, std::uint64_t value, unsigned width,
                     ConstantStyle style, TextBuffer& out);

// What a result stands for, without the number; whether there is anything to say in that style.
bool append_note(const catalog::Set& set, std::uint64_t value, unsigned width, ConstantStyle style,
                 TextBuffer& out);

// Names joined by |, what is left over in hex: O_RDONLY|O_CLOEXEC|0x10000000; 0x40 /* MSG_??? */ if
// no bit has a name; 0, or the name that the set has for zero.
void append_flags(const catalog::Set& set, std::uint64_t value, unsigned width, ConstantStyle style,
                  TextBuffer& out);

// `value` without what lies above `width` bytes.
[[nodiscard]] constexpr std::uint64_t low_bytes(std::uint64_t value, unsigned width) {
  return width >= 8 || width == 0 ? value : value & ((std::uint64_t{1} << width * 8) - 1);
}

// The same, extended by the sign bit.
[[nodiscard]] constexpr std::int64_t sign_extended(std::uint64_t value, unsigned width) {
  if (width >= 8 || width == 0) return static_cast<std::int64_t>(value);
  const unsigned shift = 64 - width * 8;
  return static_cast<std::int64_t>(value << shift) >> shift;
}

}  // namespace syscope::present
