// The ends of a socket as its owner would be told them: exact, in any network namespace, in time
// that does not depend on how many sockets there are.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>

#include "base/result.h"
#include "capture/proc/sock_diag.h"
#include "capture/proc/socket_copies.h"

namespace syscope::capture::proc {

class SocketNames {
 public:
  // `root` outlives this object.
  explicit SocketNames(const Root& root) : root_(root) {}

  // The socket behind a descriptor of a process: family, type, protocol, both ends; of a unix
  // socket its name and its peer's inode; of a netlink socket its port. A socket that is not bound
  // has no port. Borrows the descriptor for a moment: pidfd_getfd(2), getsockname(2),
  // getpeername(2). not_found where the descriptor is not (any more) the socket `inode`,
  // not_permitted without the right to trace the process.
  [[nodiscard]] Result<SocketInfo> read(pid_t pid, int number, std::uint64_t inode);

 private:
  void complete_unix(pid_t pid, SocketInfo& socket);

  // Descriptors held open at a time for namespaces.
  static constexpr std::size_t most_kept = 256;

  const Root& root_;
  SocketCopies copies_;
  std::unordered_map<std::uint64_t, SockDiag> diags_;  // by network namespace
};

}  // namespace syscope::capture::proc
