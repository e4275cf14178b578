// UDP, netlink, packet and raw sockets: whoever sends next.
//
// Nobody in particular owes a datagram, unless the socket is connected: then its peer does, and a peer
// at port 53 is a resolver whose answer is late. Netlink and packet sockets wait for the kernel.
// udp(7), netlink(7), packet(7).
#include <fmt/format.h>

#include "diagnose/rule.h"
#include "diagnose/sockets.h"

namespace syscope::diagnose {
namespace {

constexpr std::uint16_t dns_port = 53;

Finding of_udp(const ThreadState& thread, const resolve::OpenFile& file, Scene& scene) {
  Finding finding;
  finding.rule = "datagram";
  finding.standing = Standing::idle;
  const resolve::SocketInfo* socket = file.socket;
  if (socket == nullptr) {
    finding.resource = fmt::format("fd {}  UDP socket, not bound: anybody's datagram", file.number);
    return finding;
  }
  const std::string local = resolve::address_text(socket->family, socket->local);
  if (socket->remote.port == 0) {
    finding.resource = fmt::format("fd {}  UDP {}: waits for anybody's datagram", file.number, local);
    return finding;
  }
  finding.standing = Standing::blocked;
  finding.certainty = Certainty::likely;
  const bool asks_name_server = socket->remote.port == dns_port;
  if (asks_name_server) finding.rule = "DNS";
  finding.resource = fmt::format("fd {}  UDP {} -> {}: waits for the answer of {}", file.number,
                                 local, resolve::address_text(socket->family, socket->remote),
                                 asks_name_server ? "a name server" : "its peer");
  for (const auto& other : socket_table(thread.id.pid, scene.world()).sockets) {
    if (other.protocol != socket->protocol || other.family != socket->family) continue;
    if (other.local.port != socket->remote.port || other.inode == socket->inode) continue;
    if (other.inode == 0) continue;
    if (other.receive_queue > 0) {
      finding.resource += fmt::format("; {} bytes lie unread there", other.receive_queue);
    }
    add_holders(finding, resolve::FileClass::udp, other.inode, thread, "is bound to that address",
                scene);
    return finding;
  }
  finding.notes.push_back(
      asks_name_server ? "the name server is not on this machine; the resolver asks again after its "
                         "time-out, 5 s by default, resolv.conf(5)"
                       : "the peer is not on this machine; a lost datagram is never repeated");
  return finding;
}

}  // namespace

Finding wait_on_datagram(const ThreadState& thread, const resolve::OpenFile& file,
                         Direction direction, Scene& scene) {
  if (file.file_class == resolve::FileClass::udp && direction != Direction::out) {
    return of_udp(thread, file, scene);
  }
  Finding finding;
  finding.rule = "datagram";
  finding.standing = Standing::idle;
  if (file.file_class == resolve::FileClass::netlink) {
    finding.resource = fmt::format("fd {}  netlink socket: waits for events of the kernel",
                                   file.number);
  } else {
    finding.resource = fmt::format("fd {}  {} socket: waits for {}", file.number,
                                   resolve::class_name(file.file_class),
                                   direction == Direction::out ? "room to send" : "what comes in");
  }
  return finding;
}

}  // namespace syscope::diagnose
