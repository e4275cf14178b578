#include "resolve/classes/classes.h"
#include "resolve/classes/inet.h"
#include "resolve/peers.h"
#include "resolve/world.h"

namespace syscope::resolve {

void find_inet_peers(World& world, const OpenFile& file, PeerSet& peers) {
  const SocketInfo* const socket = file.socket;
  if (socket == nullptr || socket->remote.port == 0) return;
  const std::uint64_t home = socket->name_space;
  const SocketInfo* other = world.sockets().other_end(*socket, home);
  if ((other == nullptr || other->name_space != home) && world.load_internet_sockets())
    other = world.sockets().other_end(*socket, home);
  if (other != nullptr && other->inode != 0)
    return add_socket_holders(world, *other, Peer::Relation::other_end, peers);
  const SocketInfo* const listener =
      file.file_class == FileClass::tcp ? world.sockets().listener(*socket, home) : nullptr;
  if (other != nullptr && listener == nullptr) {
    peers.socket = other;
    peers.note = "the other end belongs to no process any more";
  } else if (listener != nullptr) {
    add_socket_holders(world, *listener, Peer::Relation::listener, peers);
    if (other != nullptr) peers.socket = other;
    if (peers.note.empty()) peers.note = "not accepted yet";
  } else {
    peers.note = "remote host";
  }
}

const DescriptorClass tcp_class = {FileClass::tcp, "tcp", "IPv4", {}, nullptr, find_inet_peers};

}  // namespace syscope::resolve
