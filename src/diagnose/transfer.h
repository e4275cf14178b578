// What a finished call moved through a descriptor, from its record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "event/record.h"

namespace syscope::diagnose {

struct Transfer {
  int fd = -1;
  bool out = false;              // the thread sent it
  std::vector<std::byte> bytes;  // as many of the first ones as were captured
  std::size_t total = 0;         // that were moved
};

// read, write, send and receive in all their forms, of x86-64; several for sendmmsg(2) and
// recvmmsg(2), none for other calls, failed ones, and those that moved nothing. `record` is an
// SC_CALL.
[[nodiscard]] std::vector<Transfer> transfers_in(Bytes record);

// The descriptor whose being ready ended poll(2): the first that has something to tell, or the only
// one; nothing where there are several and none is ready. `record` is an SC_CALL or SC_ENTER.
[[nodiscard]] std::optional<int> polled_descriptor(Bytes record);

}  // namespace syscope::diagnose
