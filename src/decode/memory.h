// The memory of a traced thread as a record holds it: sparse, before and after the call.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "decode/value.h"
#include "event/view.h"

namespace syscope::decode {

enum class Phase : std::uint8_t { entry = SC_AT_ENTRY, exit = SC_AT_EXIT };

// What a record knows about the memory from an address on.
struct Captured {
  Bytes bytes;         // from the address to the end of its block
  bool cut = false;    // the engine stopped there: the memory goes on
  bool fault = false;  // nothing behind `bytes` could be read
  bool found = false;  // some block says something about the address

  // Why there is not more.
  [[nodiscard]] MissingReason reason() const {
    if (fault) return MissingReason::fault;
    return cut ? MissingReason::truncated : MissingReason::not_captured;
  }
};

class Memory {
 public:
  // Of an SC_ENTER or SC_CALL record, which must outlive the view. No work is done before the first
  // look-up.
  explicit Memory(Bytes call_record);

  // What was captured at `address`; where several blocks cover it, the first with `wanted` bytes,
  // else the longest. Memory that was captured at entry only is taken to be unchanged at exit.
  // Looking up addresses in the order of the record's blocks takes constant time; all look-ups of a
  // record together are bounded, so that a hostile record cannot take quadratic time.
  [[nodiscard]] Captured find(std::uint64_t address, Phase phase, std::uint64_t wanted);

 private:
  [[nodiscard]] Captured search(std::uint64_t address, std::uint8_t phase, std::uint64_t wanted);
  struct Block {
    std::uint64_t address;
    Bytes bytes;
    std::uint8_t kind;   // as the record has it: perhaps no sc_block_kind
    std::uint8_t flags;  // sc_block_flag
  };
  [[nodiscard]] std::optional<Block> next_block();

  Bytes blocks_;        // from the first block on
  std::size_t at_ = 0;  // where the next look-up goes on: blocks lie in the order of their use
  std::uint32_t count_ = 0;
  std::uint32_t position_ = 0;  // how many blocks lie before `at_`
  std::uint32_t steps_left_;
};

}  // namespace syscope::decode
