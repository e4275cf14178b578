// Reading records: cursors that check every size before they follow it, so that arbitrary bytes are
// safe to read. Nothing is copied; a view lives as long as the bytes it was made from.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "event/record.h"

namespace syscope::event {

// Goes through a stream record by record.
class Cursor {
 public:
  explicit Cursor(Bytes stream) : rest_(stream) {}

  // The next whole record, head included, or nothing at the end. A head that lies about its size ends
  // the walk: `broken` tells.
  [[nodiscard]] std::optional<Bytes> next();
  [[nodiscard]] bool broken() const { return broken_; }
  // What is left behind the last record returned.
  [[nodiscard]] Bytes rest() const { return rest_; }

 private:
  Bytes rest_;
  bool broken_ = false;
};

// The fixed part of a record as a T, if it is long enough for one.
template <class T>
[[nodiscard]] const T* as(Bytes record) {
  return record.size() >= sizeof(T) ? reinterpret_cast<const T*>(record.data()) : nullptr;
}

[[nodiscard]] inline const sc_head& head(Bytes record) {
  return *reinterpret_cast<const sc_head*>(record.data());
}

struct Block {
  std::uint64_t address = 0;
  Bytes bytes;
  std::uint8_t kind = SC_MEMORY;  // as the record has it: perhaps no sc_block_kind
  std::uint8_t flags = 0;  // sc_block_flag
};

// Goes through the blocks behind an sc_call.
class Blocks {
 public:
  explicit Blocks(Bytes call_record);
  [[nodiscard]] std::optional<Block> next();

 private:
  Bytes rest_;
  std::uint32_t left_ = 0;
};

}  // namespace syscope::event
