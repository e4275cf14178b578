// The system call interfaces that a thread can use.
#pragma once

#include <cstdint>

#include "event/record.h"

namespace syscope {

enum class Abi : std::uint8_t {
  x86_64 = SC_ABI_X86_64,
  i386 = SC_ABI_I386,
  x32 = SC_ABI_X32,
  arm64 = SC_ABI_ARM64,
};

// Bytes of a pointer and of a long.
[[nodiscard]] constexpr unsigned word_size(Abi abi) {
  return abi == Abi::i386 || abi == Abi::x32 ? 4 : 8;
}

}  // namespace syscope
