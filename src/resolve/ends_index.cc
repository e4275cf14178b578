#include "resolve/ends_index.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace syscope::resolve {

void EndsIndex::reserve(std::size_t count) {
  constexpr std::size_t smallest = 16;
  const std::size_t wanted = std::bit_ceil(std::max(smallest, 2 * (used_ + count)));
  if (wanted <= slots_.size()) return;
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(wanted));
  // From behind a free slot on, so that what shares a key keeps its order.
  const auto gap = static_cast<std::size_t>(
      std::find_if(old.begin(), old.end(), [](const Slot& slot) { return slot.socket == nullptr; }) -
      old.begin());
  for (std::size_t i = 0; i < old.size(); ++i)
    if (const Slot& slot = old[(gap + i) & (old.size() - 1)]; slot.socket != nullptr) place(slot);
}

void EndsIndex::add(std::uint64_t key, const capture::proc::SocketInfo& socket) {
  if (2 * (used_ + 1) > slots_.size()) reserve(used_ + 1);
  place({key, &socket});
  ++used_;
}

void EndsIndex::place(const Slot& slot) {
  std::size_t at = first_slot(slot.key);
  while (slots_[at].socket != nullptr) at = next_slot(at);
  slots_[at] = slot;
}

}  // namespace syscope::resolve
