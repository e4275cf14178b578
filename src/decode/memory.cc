#include "decode/memory.h"

namespace syscope::decode {
namespace {

// Blocks that all look-ups of one record may pass: far more than any plan needs.
constexpr std::uint32_t most_steps = 1u << 22;

}  // namespace

Memory::Memory(Bytes call_record) : steps_left_(most_steps) {
  const auto* const call = event::as<sc_call>(call_record);
  if (call == nullptr) return;
  blocks_ = call_record.subspan(sizeof(sc_call));
  count_ = call->blocks;
}

// The block at the cursor; wraps to the first behind the last. A block that lies about its size
// ends the list.
std::optional<Memory::Block> Memory::next_block() {
  if (position_ == count_) position_ = 0, at_ = 0;
  if (blocks_.size() - at_ >= sizeof(sc_block)) {
    const auto header = load<sc_block>(blocks_.data() + at_);
    const std::size_t padded = (std::size_t{header.size} + 7) & ~std::size_t{7};
    const std::size_t start = at_ + sizeof(sc_block);
    if (padded <= blocks_.size() - start) {
      at_ = start + padded;
      ++position_;
      return Block{header.address, blocks_.subspan(start, header.size), header.kind, header.flags};
    }
  }
  count_ = position_;
  return std::nullopt;
}

Captured Memory::search(std::uint64_t address, std::uint8_t phase, std::uint64_t wanted) {
  Captured best;
  for (std::uint32_t passed = 0; passed < count_ && steps_left_ != 0; ++passed) {
    --steps_left_;
    const auto block = next_block();
    if (!block) continue;
    const std::uint64_t offset = address - block->address;
    if ((block->flags & phase) == 0 || block->kind != SC_MEMORY) continue;
    if (offset > block->bytes.size() || (offset == block->bytes.size() && offset != 0)) continue;
    const Bytes bytes = block->bytes.subspan(offset);
    // Of two that know as much, one that could not read on knows more than one that was cut.
    const bool faulted = (block->flags & SC_FAULT) != 0;
    if (!best.found || bytes.size() > best.bytes.size() ||
        (bytes.size() == best.bytes.size() && faulted && best.cut)) {
      best = {bytes, (block->flags & SC_CUT) != 0, faulted, true};
    }
    if (best.bytes.size() >= wanted) break;
  }
  return best;
}

Captured Memory::find(std::uint64_t address, Phase phase, std::uint64_t wanted) {
  const auto flag = static_cast<std::uint8_t>(phase);
  Captured captured = search(address, flag, wanted);
  if (!captured.found && phase == Phase::exit) captured = search(address, SC_AT_ENTRY, wanted);
  return captured;
}

}  // namespace syscope::decode
