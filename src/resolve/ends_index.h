// Sockets by a hash of their ends: a table in one piece of memory, because machines with many
// connections fill it and ask it once for each of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "capture/proc/sock_diag.h"

namespace syscope::resolve {

class EndsIndex {
 public:
  // Makes room for `count` more. Saves time, no more.
  void reserve(std::size_t count);
  // Several sockets may share a key. The socket must live as long as the index.
  void add(std::uint64_t key, const capture::proc::SocketInfo& socket);
  // Calls `visit(socket)` for those added under `key`, in the order of their coming, until it
  // returns true.
  template <class Visit>
  void find(std::uint64_t key, Visit visit) const {
    if (slots_.empty()) return;
    for (std::size_t at = first_slot(key); slots_[at].socket != nullptr; at = next_slot(at))
      if (slots_[at].key == key && visit(*slots_[at].socket)) return;
  }

 private:
  struct Slot {
    std::uint64_t key = 0;
    const capture::proc::SocketInfo* socket = nullptr;  // null: free
  };
  // Fibonacci hashing: the keys of listeners are bare ports.
  [[nodiscard]] std::size_t first_slot(std::uint64_t key) const {
    return static_cast<std::size_t>(key * 0x9e3779b97f4a7c15u >> 32) & (slots_.size() - 1);
  }
  [[nodiscard]] std::size_t next_slot(std::size_t at) const {
    return (at + 1) & (slots_.size() - 1);
  }
  void place(const Slot& slot);

  std::vector<Slot> slots_;  // a power of two, never full
  std::size_t used_ = 0;
};

}  // namespace syscope::resolve
