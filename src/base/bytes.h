// Views of raw memory, and reads from them that do not care about alignment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace syscope {

using Bytes = std::span<const std::byte>;

// Copies a T out of the first sizeof(T) bytes. The caller has checked the size.
template <class T>
  requires std::is_trivially_copyable_v<T>
[[nodiscard]] T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// An unsigned little-endian integer of 1, 2, 4 or 8 bytes; other widths give 0.
[[nodiscard]] inline std::uint64_t load_unsigned(const std::byte* from, unsigned width) {
  switch (width) {
    case 1: return load<std::uint8_t>(from);
    case 2: return load<std::uint16_t>(from);
    case 4: return load<std::uint32_t>(from);
    case 8: return load<std::uint64_t>(from);
    default: return 0;
  }
}

// The same, extended by its sign bit.
[[nodiscard]] inline std::int64_t load_signed(const std::byte* from, unsigned width) {
  switch (width) {
    case 1: return load<std::int8_t>(from);
    case 2: return load<std::int16_t>(from);
    case 4: return load<std::int32_t>(from);
    case 8: return load<std::int64_t>(from);
    default: return 0;
  }
}

[[nodiscard]] inline std::string_view as_chars(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline Bytes as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace syscope
