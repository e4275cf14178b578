#include "resolve/classes/classes.h"
#include "resolve/peers.h"
#include "resolve/world.h"

namespace syscope::resolve {
namespace {

// The socket at the other end by its inode, even where its namespace has not been loaded:
// SO_PEERCRED would name who made the pair, not who holds it now.
void add_other_end(World& world, std::uint64_t inode, PeerSet& peers) {
  if (const SocketInfo* const other = world.sockets().find(inode))
    return add_socket_holders(world, *other, Peer::Relation::other_end, peers);
  add_holders_of(world, inode, Peer::Relation::other_end, peers);
}

void find_peers(World& world, const OpenFile& file, PeerSet& peers) {
  const SocketInfo* const socket = file.socket;
  if (socket == nullptr) return;
  if (socket->peer_inode != 0) add_other_end(world, socket->peer_inode, peers);
  // A connection that waits for accept(2): the kernel has made the other end, no process has it.
  if (peers.peers.empty()) {
    if (const SocketInfo* const listener = world.sockets().unix_listener(file.inode)) {
      add_socket_holders(world, *listener, Peer::Relation::listener, peers);
      if (peers.note.empty()) peers.note = "not accepted yet";
    }
  }
  // Whoever has connected to a datagram socket: the clients of a log socket.
  for (const SocketInfo* client : world.sockets().unix_clients(file.inode))
    if (client->inode != socket->peer_inode)
      add_socket_holders(world, *client, Peer::Relation::other_end, peers);
}

}  // namespace

const DescriptorClass unix_socket_class = {
    FileClass::unix_socket, "unix", "unix", {}, nullptr, find_peers};

}  // namespace syscope::resolve
