// Text that grows at its end, for the paths where a line has a few hundred nanoseconds: no locale, no
// stream, no allocation once the buffer has reached its working size.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace syscope {

class TextBuffer {
 public:
  // Makes room for `size` more characters and returns where they go; `advance` says how many came.
  [[nodiscard]] char* reserve(std::size_t size) {
    if (capacity_ - size_ < size) grow(size);
    return data_.get() + size_;
  }
  void advance(std::size_t size) { size_ += size; }

  void append(char c) {
    *reserve(1) = c;
    ++size_;
  }
  void append(std::string_view text) {
    if (text.empty()) return;  // it may have no address
    std::memcpy(reserve(text.size()), text.data(), text.size());
    size_ += text.size();
  }
  void append_repeated(char c, std::size_t count) {
    std::memset(reserve(count), c, count);
    size_ += count;
  }
  void append_decimal(std::uint64_t value) {
    if (value < 10) return append(static_cast<char>('0' + value));
    append_number(value, 10);
  }
  void append_signed(std::int64_t value) {
    if (value >= 0) return append_decimal(static_cast<std::uint64_t>(value));
    append_number(value, 10);
  }
  // Without the 0x.
  void append_hex_digits(std::uint64_t value) { append_number(value, 16); }
  // "0x1f"; zero is "0", as strace writes it.
  void append_hex(std::uint64_t value) {
    if (value == 0) return append('0');
    append("0x");
    append_number(value, 16);
  }
  // "0644"; zero is "0".
  void append_octal(std::uint64_t value) {
    append('0');
    if (value != 0) append_number(value, 8);
  }
  // At least `digits` digits, filled with zeros on the left.
  void append_padded(std::uint64_t value, unsigned digits, int base = 10) {
    char digit[64];
    const auto end = std::to_chars(digit, digit + sizeof digit, value, base).ptr;
    const auto count = static_cast<std::size_t>(end - digit);
    if (count < digits) append_repeated('0', digits - count);
    append(std::string_view(digit, count));
  }

  [[nodiscard]] std::string_view view() const { return {data_.get(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // Cuts back to the first `size` characters; never grows.
  void truncate(std::size_t size) {
    if (size < size_) size_ = size;
  }
  void clear() { size_ = 0; }

 private:
  template <class Integer>
  void append_number(Integer value, int base) {
    char* const at = reserve(24);
    size_ += static_cast<std::size_t>(std::to_chars(at, at + 24, value, base).ptr - at);
  }
  void grow(std::size_t size);

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace syscope
