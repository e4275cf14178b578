// Which descriptors of a stopped thread are netlink sockets.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "capture/proc/root.h"
#include "capture/proc/socket_names.h"

namespace syscope::capture::ptrace {

class NetlinkSockets {
 public:
  // `proc` outlives this object.
  explicit NetlinkSockets(const proc::Root& proc) : proc_(proc), names_(proc) {}

  // The protocol (NETLINK_ROUTE, ...) of descriptor `number` of a thread; nothing if it is no netlink
  // socket, or cannot be looked at. The thread must not run meanwhile. Costs a readlink(2); the first
  // time that a socket is met a few calls more. netlink(7).
  [[nodiscard]] std::optional<std::uint16_t> protocol(pid_t pid, pid_t tid, std::int32_t number);

 private:
  // Sockets remembered; beyond that all are forgotten, and looked up again when they are met.
  static constexpr std::size_t most_known = 16384;

  const proc::Root& proc_;
  proc::SocketNames names_;
  // By inode, which sockets have for themselves; nothing: another family.
  std::unordered_map<std::uint64_t, std::optional<std::uint16_t>> protocols_;
};

}  // namespace syscope::capture::ptrace
