#include "capture/ptrace/netlink_sockets.h"

#include <sys/socket.h>

#include <charconv>
#include <string_view>

#include "capture/proc/descriptors.h"

namespace syscope::capture::ptrace {
namespace {

// "socket:[4711]": proc(5). 0: no socket.
std::uint64_t inode_of_socket(std::string_view link) {
  constexpr std::string_view prefix = "socket:[";
  if (!link.starts_with(prefix)) return 0;
  link.remove_prefix(prefix.size());
  std::uint64_t inode = 0;
  std::from_chars(link.data(), link.data() + link.size(), inode);
  return inode;
}

}  // namespace

std::optional<std::uint16_t> NetlinkSockets::protocol(pid_t pid, pid_t tid, std::int32_t number) {
  if (number < 0) return std::nullopt;
  const auto link = proc::read_link(proc_.fd(), proc::RelativePath(tid, "fd", number).text());
  const std::uint64_t inode = link ? inode_of_socket(*link) : 0;
  if (inode == 0) return std::nullopt;
  const auto known = protocols_.find(inode);
  if (known != protocols_.end()) return known->second;
  if (protocols_.size() >= most_known) protocols_.clear();
  const auto socket = names_.read(pid, number, inode);
  std::optional<std::uint16_t> protocol;
  if (socket && socket->family == AF_NETLINK) protocol = socket->protocol;
  protocols_.emplace(inode, protocol);
  return protocol;
}

}  // namespace syscope::capture::ptrace
