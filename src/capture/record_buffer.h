// A record under construction.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/bytes.h"
#include "event/record.h"

namespace syscope::capture {

// Aligned memory that keeps its capacity from record to record.
class RecordBuffer {
 public:
  // No record grows beyond this: what a plan wants more is cut. Memory leaves room for what is told
  // besides, and takes at least a whole 1 MiB.
  static constexpr std::size_t limit = (std::size_t{1} << 20) + (std::size_t{1} << 18);
  static constexpr std::size_t reserve = std::size_t{1} << 16;

  // Starts a record with a fixed part of T, zeroed but for its head.
  template <class T>
  T& start(sc_kind kind) {
    static_assert(sizeof(T) % 8 == 0);
    size_ = 0;
    T& fixed = *reinterpret_cast<T*>(grow(sizeof(T)));
    fixed = T{};
    head().kind = static_cast<sc_u16>(kind);
    return fixed;
  }

  [[nodiscard]] sc_head& head() { return *reinterpret_cast<sc_head*>(words_.get()); }
  [[nodiscard]] sc_call& call() { return *reinterpret_cast<sc_call*>(words_.get()); }

  // Appends bytes, and zeros up to a multiple of 8.
  void append(Bytes bytes) {
    if (bytes.empty()) return;
    const std::size_t padded = (bytes.size() + 7) & ~std::size_t{7};
    std::byte* const to = grow(padded);
    std::memset(to + padded - 8, 0, 8);
    std::memcpy(to, bytes.data(), bytes.size());
  }

  void append_block(const sc_block& block, Bytes bytes) {
    append({reinterpret_cast<const std::byte*>(&block), sizeof block});
    append(bytes);
    ++call().blocks;
  }

  // How many bytes of content still fit behind one block header.
  [[nodiscard]] std::size_t room() const {
    return size_ + sizeof(sc_block) < limit ? limit - size_ - sizeof(sc_block) : 0;
  }

  // The same of memory.
  [[nodiscard]] std::size_t memory_room() const {
    return room() > reserve ? room() - reserve : 0;
  }

  // The record, its size filled in.
  [[nodiscard]] Bytes finish() {
    head().size = static_cast<sc_u32>(size_);
    return bytes();
  }
  [[nodiscard]] Bytes bytes() const {
    return {reinterpret_cast<const std::byte*>(words_.get()), size_};
  }

 private:
  std::byte* grow(std::size_t more) {
    const std::size_t needed = size_ + more;
    if (needed > capacity_) {
      const std::size_t capacity = std::max({needed, 2 * capacity_, std::size_t{512}});
      auto words = std::make_unique_for_overwrite<std::uint64_t[]>((capacity + 7) / 8);
      if (size_ > 0) std::memcpy(words.get(), words_.get(), size_);
      words_ = std::move(words);
      capacity_ = capacity;
    }
    std::byte* const at = reinterpret_cast<std::byte*>(words_.get()) + size_;
    size_ = needed;
    return at;
  }

  std::unique_ptr<std::uint64_t[]> words_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace syscope::capture
