#include "resolve/peers.h"

#include "resolve/descriptor_class.h"
#include "resolve/world.h"

namespace syscope::resolve {

void add_peer(World& world, const OpenFile& other, Peer::Relation relation, PeerSet& peers) {
  Peer peer;
  peer.relation = relation;
  peer.access = other.access;
  peer.file_class = other.file_class;
  peer.pid = other.pid;
  peer.number = other.number;
  if (const auto process = world.process(other.pid)) peer.comm = (*process)->info.comm;
  peers.peers.push_back(std::move(peer));
}

void add_socket_holders(World& world, const SocketInfo& socket, Peer::Relation relation,
                        PeerSet& peers) {
  peers.socket = &socket;
  const std::size_t before = peers.peers.size();
  if (socket.inode != 0)
    for (const OpenFile* other : world.holders(FileClass::socket, socket.inode))
      add_peer(world, *other, relation, peers);
  if (peers.peers.size() != before) return;
  if (socket.inode == 0)
    peers.note = "the other end belongs to no process";
  else if (world.partial())
    peers.note.append("held by a process of user ")
        .append(world.user_name(socket.user))
        .append(" that cannot be seen");
  else
    peers.note = "no process holds the other end: it is in flight, or of the kernel";
}

PeerSet World::peers(pid_t pid, int number) {
  const OpenFile* const found = file(pid, number);
  if (found != nullptr) return peers(*found);
  PeerSet none;
  none.note = "not open, or not to be seen";
  none.partial = true;
  return none;
}

PeerSet World::peers(const OpenFile& file) {
  PeerSet found;
  const DescriptorClass& kind = class_of(file.file_class);
  if (kind.find_peers != nullptr) {
    kind.find_peers(*this, file, found);
  } else if (file.file_class == FileClass::eventfd || file.file_class == FileClass::mqueue) {
    for (const OpenFile* other : holders(file.file_class, file.object, file.device))
      if (other->pid != file.pid || other->number != file.number)
        add_peer(*this, *other, Peer::Relation::same_object, found);
  }
  found.partial = partial_;
  return found;
}

}  // namespace syscope::resolve
