// Sockets from /proc/PID/net: the text files of that process' network namespace, readable by
// anybody. They know no peers of unix sockets and no tcp_info; they are what is left where setns(2)
// is denied, and the only source where the kernel lacks a sock_diag module.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "capture/proc/root.h"
#include "capture/proc/sock_diag.h"

namespace syscope::capture::proc {

enum class NetFile {
  tcp,
  tcp6,
  udp,
  udp6,
  udplite,
  udplite6,
  raw,
  raw6,
  icmp,
  icmp6,
  unix_sockets,
  netlink,
  packet
};

// The sockets of one file; empty where it is missing or the process is gone.
[[nodiscard]] std::vector<SocketInfo> read_net_file(const Root& root, pid_t pid, NetFile file);
[[nodiscard]] std::vector<SocketInfo> parse_net_file(std::string_view text, NetFile file);

// How many sockets a network namespace has: /proc/PID/net/sockstat and sockstat6. What the kernel
// does not count is absent: IPv6 where it is switched off, UDP-Lite since Linux 7.1.
struct SocketCounts {
  std::size_t tcp = 0;            // both families: listening, connecting, connected, closing
  std::size_t tcp_allocated = 0;  // of all namespaces, the idle ones included; never less than tcp
  // Bound, as the dumps and the files below /proc/PID/net list them.
  std::optional<std::size_t> udp, udp6, udplite, udplite6, raw, raw6;
};
// Nothing where the files are missing or the process is gone.
[[nodiscard]] std::optional<SocketCounts> read_socket_counts(const Root& root, pid_t pid);
[[nodiscard]] std::optional<SocketCounts> parse_socket_counts(std::string_view sockstat,
                                                              std::string_view sockstat6);

}  // namespace syscope::capture::proc
