#include "capture/proc/socket_names.h"

#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "capture/proc/process.h"

namespace syscope::capture::proc {
namespace {

std::uint16_t option(int socket, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0
             ? static_cast<std::uint16_t>(value)
             : std::uint16_t{0};
}

SocketAddress internet_address(const sockaddr_storage& from) {
  SocketAddress address;
  if (from.ss_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &from, sizeof in);
    std::memcpy(address.bytes.data(), &in.sin_addr, sizeof in.sin_addr);
    address.port = ntohs(in.sin_port);
  } else if (from.ss_family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, &from, sizeof in);
    std::memcpy(address.bytes.data(), &in.sin6_addr, sizeof in.sin6_addr);
    address.port = ntohs(in.sin6_port);
  }
  return address;
}

std::uint32_t netlink_port(const sockaddr_storage& from) {
  sockaddr_nl netlink;
  std::memcpy(&netlink, &from, sizeof netlink);
  return netlink.nl_pid;
}

}  // namespace

// Only the kernel's tables know a peer, and the name that an accepted socket has from its listener.
void SocketNames::complete_unix(pid_t pid, SocketInfo& socket) {
  const auto network = read_namespace(root_, pid, "net");
  if (!network) return;
  auto diag = diags_.find(*network);
  if (diag == diags_.end()) {
    const auto own = read_namespace(root_, ::getpid(), "net");
    auto opened = own && *own == *network ? SockDiag::open() : SockDiag::open_in(root_, pid);
    if (!opened) return;
    if (diags_.size() >= most_kept) diags_.clear();
    diag = diags_.emplace(*network, std::move(*opened)).first;
  }
  auto found = diag->second.find_unix(socket.inode);
  if (!found) return;
  socket.name = std::move(found->name);
  socket.peer_inode = found->peer_inode;
  socket.state = found->state;
}

Result<SocketInfo> SocketNames::read(pid_t pid, int number, std::uint64_t inode) {
  const auto borrowed = copies_.borrow(pid, number, inode);
  if (!borrowed) return std::unexpected(borrowed.error());
  SocketInfo socket;
  socket.inode = inode;
  socket.family = option(borrowed->get(), SO_DOMAIN);
  socket.type = option(borrowed->get(), SO_TYPE);
  socket.protocol = option(borrowed->get(), SO_PROTOCOL);
  if (socket.family == AF_UNIX) {
    complete_unix(pid, socket);
    return socket;
  }
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(borrowed->get(), reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    socket.local = internet_address(address);
    if (address.ss_family == AF_NETLINK) socket.netlink_port = netlink_port(address);
  }
  address = {};
  size = sizeof address;
  if (::getpeername(borrowed->get(), reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    socket.remote = internet_address(address);
  }
  return socket;
}

}  // namespace syscope::capture::proc
