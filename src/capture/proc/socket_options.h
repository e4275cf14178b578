// What a socket's owner has set on it, as getsockopt(2) would tell the owner.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/proc/socket_copies.h"

namespace syscope::capture::proc {

struct SocketOption {
  enum class Form : std::uint8_t {
    flag,     // it is on
    number,   // in the unit of the option
    bits,     // a number that people write in hexadecimal
    seconds,  // `number` counts microseconds
    text,
  };
  std::string_view name;  // of the constant, without SO_, IP_, TCP_...; a literal
  Form form = Form::flag;
  std::int64_t number = 0;
  std::string text;  // raw
};

class SocketOptionReader {
 public:
  // The options of the socket behind a descriptor of a process: flags that are on, and values other
  // than those of a new socket; the sizes of its buffers, the segment size and the congestion
  // control always. In a fixed order; what this kernel or this kind of socket does not know is left
  // out. socket(7), ip(7), ipv6(7), tcp(7), udp(7), packet(7), netlink(7), vsock(7).
  //
  // Borrows the descriptor and never waits: errors and conditions as SocketCopies::borrow(). No
  // question that changes the socket is asked: not SO_ERROR, which would take a pending error away.
  [[nodiscard]] Result<std::vector<SocketOption>> read(pid_t pid, int number, std::uint64_t inode);

 private:
  SocketCopies copies_;
};

}  // namespace syscope::capture::proc
