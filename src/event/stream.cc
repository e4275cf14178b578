#include "event/view.h"

namespace syscope::event {

std::optional<Bytes> Cursor::next() {
  if (rest_.empty() || broken_) return std::nullopt;
  if (rest_.size() < sizeof(sc_head)) {
    broken_ = true;
    return std::nullopt;
  }
  const std::size_t size = head(rest_).size;
  if (size < sizeof(sc_head) || size % 8 != 0 || size > rest_.size()) {
    broken_ = true;
    return std::nullopt;
  }
  const Bytes record = rest_.first(size);
  rest_ = rest_.subspan(size);
  return record;
}

Blocks::Blocks(Bytes call_record) {
  const auto* const call = as<sc_call>(call_record);
  if (call == nullptr) return;
  rest_ = call_record.subspan(sizeof(sc_call));
  left_ = call->blocks;
}

std::optional<Block> Blocks::next() {
  if (left_ == 0 || rest_.size() < sizeof(sc_block)) return std::nullopt;
  const auto& header = *reinterpret_cast<const sc_block*>(rest_.data());
  const std::size_t padded = (static_cast<std::size_t>(header.size) + 7) & ~std::size_t{7};
  if (padded > rest_.size() - sizeof(sc_block)) return std::nullopt;
  const Block block{header.address, rest_.subspan(sizeof(sc_block), header.size), header.kind,
                    header.flags};
  rest_ = rest_.subspan(sizeof(sc_block) + padded);
  --left_;
  return block;
}

}  // namespace syscope::event
