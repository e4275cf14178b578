// How values are written: what -x, -X and -N ask for.
#pragma once

#include <cstdint>

namespace syscope::present {

enum class HexStrings : std::uint8_t {
  none,             // "caf\303\251"
  non_ascii_chars,  // "caf\xc3\xa9"
  non_ascii,        // -x: a string with such a character wholly: "\x63\x61\x66\xc3\xa9"
  all,              // -xx
};

enum class ConstantStyle : std::uint8_t {
  names,    // O_RDONLY|O_CLOEXEC
  raw,      // 0x80000
  verbose,  // 0x80000 /* O_RDONLY|O_CLOEXEC */
};

struct TextStyle {
  HexStrings hex_strings = HexStrings::none;
  ConstantStyle constants = ConstantStyle::names;
  bool argument_names = false;  // -N: read(fd=3, ...)
};

}  // namespace syscope::present
