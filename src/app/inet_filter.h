// `-i [4|6][tcp|udp][@host][:ports]`: which internet sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "resolve/open_file.h"

namespace syscope::app {

class InetFilter {
 public:
  // lsof(8). The host is an address, in brackets if it is IPv6, or "localhost": names are not
  // looked up, since a name server that does not answer must not hold up an incident. Ports are
  // numbers, ranges and names of services, separated by commas. The empty text means any internet
  // socket.
  [[nodiscard]] static Result<InetFilter> parse(std::string_view text);

  // Either end may be the one with the host and port. `file` has been examined.
  [[nodiscard]] bool matches(const resolve::OpenFile& file) const;

 private:
  using Address = std::pair<int, capture::proc::SocketAddress>;  // family, address
  [[nodiscard]] bool matches_end(int family, const capture::proc::SocketAddress& end) const;

  int family_ = 0;    // 0: both
  int protocol_ = 0;  // 0: all
  std::vector<Address> hosts_;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> ports_;  // inclusive
};

}  // namespace syscope::app
