#include "base/text_buffer.h"

#include <algorithm>

namespace syscope {

void TextBuffer::grow(std::size_t size) {
  const std::size_t wanted = std::max<std::size_t>({size_ + size, capacity_ * 2, 4096});
  auto larger = std::make_unique_for_overwrite<char[]>(wanted);
  if (size_ != 0) std::memcpy(larger.get(), data_.get(), size_);
  data_ = std::move(larger);
  capacity_ = wanted;
}

}  // namespace syscope
