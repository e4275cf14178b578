// Sockets of other processes, borrowed for a moment.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "base/fd.h"
#include "base/result.h"

namespace syscope::capture::proc {

class SocketCopies {
 public:
  // A descriptor of our own for the socket behind a descriptor of a process: pidfd_open(2),
  // pidfd_getfd(2). Close it soon: while it is open, the owner's close(2) does not end the
  // connection. not_found where the descriptor is not (any more) the socket `inode`, not_permitted
  // without the right to trace the process, unsupported before Linux 5.6.
  [[nodiscard]] Result<Fd> borrow(pid_t pid, int number, std::uint64_t inode);

  // Closes one whose close(2) may wait, while this program goes on: if its owner has closed it
  // meanwhile, ours is the last, and that of a socket with SO_LINGER, or of a file that a server
  // keeps, waits for the other side. socket(7).
  static void close_aside(Fd copy);

 private:
  [[nodiscard]] Result<int> process(pid_t pid);

  // Descriptors held open at a time.
  static constexpr std::size_t most_kept = 256;

  std::unordered_map<pid_t, Fd> processes_;  // pidfds
};

}  // namespace syscope::capture::proc
