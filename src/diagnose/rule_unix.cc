// Unix sockets: who has the other end.
//
// The kernel's socket diagnosis names the peer's inode (the pid of SO_PEERCRED is whoever called
// connect or socketpair, which may be the waiter itself). An end that no process holds has not been
// accepted yet: then the listener of the same name is who lets us wait. unix(7), sock_diag(7).
#include <fmt/format.h>
#include <sys/socket.h>

#include "diagnose/rule.h"
#include "diagnose/sockets.h"

namespace syscope::diagnose {
Finding wait_on_unix(const ThreadState& thread, const resolve::OpenFile& file, Direction direction,
                     Scene& scene) {
  constexpr auto unix_socket = resolve::FileClass::unix_socket;
  Finding finding;
  finding.rule = "unix socket";
  finding.resource = fmt::format("fd {}  unix socket:[{}]", file.number, file.object);
  const resolve::SocketInfo* socket = file.socket;
  if (socket == nullptr) {
    finding.certainty = Certainty::unknown;
    return finding;
  }
  finding.evidence.push_back({"sock_diag", fmt::format("inode {}, peer {}, receive queue {}",
                                                       socket->inode, socket->peer_inode,
                                                       socket->receive_queue)});
  if (!socket->name.empty()) finding.resource += " " + printable_name(socket->name);
  if (socket->state == tcp_listen) {
    finding.resource += fmt::format(" listening: waits for a client; {} in the queue",
                                    socket->receive_queue);
    finding.standing = Standing::idle;
    return finding;
  }
  resolve::Sockets& sockets = scene.world().sockets();
  if (const resolve::SocketInfo* listener = sockets.unix_listener(file.object)) {
    finding.resource += fmt::format(" to {}: has not been accepted", printable_name(listener->name));
    add_holders(finding, unix_socket, listener->inode, thread, "listens and does not accept", scene);
    return finding;
  }
  if (socket->peer_inode == 0) {
    finding.resource += ": not connected; waits for anybody to send to it";
    finding.standing = Standing::idle;
    return finding;
  }
  const resolve::SocketInfo* peer = sockets.find(socket->peer_inode);
  if (peer != nullptr && !peer->name.empty()) {
    finding.resource += " to " + printable_name(peer->name);
  }
  if (direction == Direction::out) {
    finding.resource += ": full, and the peer does not read";
  } else if (peer != nullptr && peer->receive_queue > 0) {
    finding.resource += fmt::format(": the peer has {} bytes that it has not read",
                                    peer->receive_queue);
  } else {
    finding.resource += ": the peer has read everything, and has sent nothing";
  }
  finding.connection =
      Connection{.is_unix = true,
                 .local = printable_name(socket->name),
                 .remote = peer != nullptr ? printable_name(peer->name) : std::string()};
  add_holders(finding, unix_socket, socket->peer_inode, thread, "has the other end", scene);
  return finding;
}

}  // namespace syscope::diagnose
