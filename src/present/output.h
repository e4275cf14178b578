// Where lines go: a descriptor behind a buffer.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "base/result.h"
#include "base/text_buffer.h"

namespace syscope::present {

// Text on its way to a file, a pipe or a terminal. Nothing is written before flush(). The first
// error of write(2) is kept, and from then on all text is dropped, so that whoever writes here
// never blocks or fails for it: ask `error()` now and then.
class Output {
 public:
  explicit Output(Fd descriptor) : descriptor_(std::move(descriptor)) {}

  [[nodiscard]] TextBuffer& text() { return text_; }
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }

  // A new line begins at the end of the text.
  void mark_line() { line_start_ = static_cast<std::int64_t>(text_.size()); }
  // Characters since mark_line(), flushed ones included.
  [[nodiscard]] std::uint64_t column() const {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(text_.size()) - line_start_);
  }

  // Writes out what there is.
  void flush();
  // errno of the first write that failed; 0.
  [[nodiscard]] int error() const { return error_; }
  // Flushes and closes: a reader at the other end of a pipe sees the end.
  void close();

 private:
  Fd descriptor_;
  TextBuffer text_;
  std::int64_t line_start_ = 0;
  int error_ = 0;
};

}  // namespace syscope::present
