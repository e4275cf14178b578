// Sockets from /proc/PID/net: the text files of that process' network namespace, readable by
// anybody. They know no peers of unix sockets and no tcp_info; they are what is left where setns(2)
// is denied, and the only source where the kernel lacks a sock_diag module.
#pragma once

#include <sys/types.h>

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

}  // namespace syscope::capture::proc
