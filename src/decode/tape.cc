#include <algorithm>
#include <cstring>

#include "decode/value.h"

namespace syscope::decode {

void Tape::wrap(std::uint32_t at, const Value& parent) {
  add(parent);
  std::copy_backward(&values_[at], &values_[size_ - 1], &values_[size_]);
  for (std::uint32_t i = at + 1; i < size_; ++i) ++values_[i].end;
  values_[at] = parent;
  values_[at].end = size_;
}

// `scratch_used_` counts through all chunks as if they were one; a text never spans two of them.
std::string_view Tape::keep(std::string_view text) {
  std::size_t start = 0;
  for (Chunk& chunk : chunks_) {
    const std::size_t end = start + chunk.size;
    const std::size_t from = std::max(scratch_used_, start);
    if (from < end && text.size() <= end - from) {
      char* const copy = chunk.bytes.get() + (from - start);
      std::memcpy(copy, text.data(), text.size());
      scratch_used_ = from + text.size();
      return {copy, text.size()};
    }
    start = end;
  }
  const std::size_t doubled = chunks_.empty() ? 4096 : chunks_.back().size * 2;
  chunks_.push_back({nullptr, std::max(doubled, text.size())});
  chunks_.back().bytes = std::make_unique<char[]>(chunks_.back().size);
  std::memcpy(chunks_.back().bytes.get(), text.data(), text.size());
  scratch_used_ = start + text.size();
  return {chunks_.back().bytes.get(), text.size()};
}

}  // namespace syscope::decode
