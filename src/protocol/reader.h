// Takes bytes apart from the front, and never reads behind their end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace syscope::protocol {

class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_(bytes) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] std::size_t size() const { return rest_.size(); }
  [[nodiscard]] Bytes rest() const { return rest_; }

  // Unsigned numbers; 0 where the bytes end before: has() tells beforehand.
  [[nodiscard]] bool has(std::size_t count) const { return rest_.size() >= count; }
  std::uint32_t little(unsigned width) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < width; ++i) value |= std::uint32_t{byte()} << 8 * i;
    return value;
  }
  std::uint32_t big(unsigned width) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < width; ++i) value = value << 8 | byte();
    return value;
  }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = std::to_integer<std::uint8_t>(rest_.front());
    rest_ = rest_.subspan(1);
    return value;
  }
  // As many as there are, `count` at most.
  Bytes take(std::size_t count) {
    const Bytes taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  // Up to a NUL, which goes, too; everything where there is none.
  std::string_view c_string() {
    const std::string_view text = as_chars(rest_);
    const std::size_t end = std::min(text.find('\0'), text.size());
    take(end + 1);
    return text.substr(0, end);
  }
  // Up to CR LF, which goes, too; nothing where there is none.
  std::optional<std::string_view> line() {
    const std::string_view text = as_chars(rest_);
    const std::size_t end = text.find("\r\n");
    if (end == text.npos) return {};
    take(end + 2);
    return text.substr(0, end);
  }

 private:
  Bytes rest_;
};

}  // namespace syscope::protocol
