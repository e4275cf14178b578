#include "resolve/peers.h"

#include "resolve/descriptor_class.h"
#include "resolve/world.h"

namespace syscope::resolve {

void add_peer(World& world, const OpenFile& other, Peer::Relation relation, PeerSet& peers) {
  if (peers.peers.size() >= PeerSet::most_peers) {
    ++peers.more;
    return;
  }
  Peer peer;
  peer.relation = relation;
  peer.access = other.access;
  peer.file_class = other.file_class;
  peer.pid = other.pid;
  peer.number = other.number;
  if (const auto owner = world.owner(other.pid)) peer.comm = owner->comm;
  peers.peers.push_back(std::move(peer));
}

bool add_holders_of(World& world, std::uint64_t inode, Peer::Relation relation, PeerSet& peers) {
  const std::size_t room = PeerSet::most_peers - peers.peers.size();
  const Holders::Some found = world.socket_holders(inode, room);
  for (const OpenFile* other : found.files) add_peer(world, *other, relation, peers);
  peers.more += found.total - found.files.size();
  return found.total != 0;
}

void add_socket_holders(World& world, const SocketInfo& socket, Peer::Relation relation,
                        PeerSet& peers) {
  peers.socket = &socket;
  if (socket.inode != 0 && add_holders_of(world, socket.inode, relation, peers)) return;
  if (socket.inode == 0)
    peers.note = "the other end belongs to no process";
  else if (world.partial())
    peers.note.append("held by a process of user ")
        .append(world.user_name(socket.user))
        .append(" that cannot be seen");
  else
    peers.note = "no process holds the other end: it is in flight, or of the kernel";
}

const OppositeEnds& World::opposite_ends(const OpenFile& file,
                                         bool (*is_opposite)(const OpenFile& file,
                                                             const OpenFile& other)) {
  const bool both = is_opposite(file, file);
  const auto [entry, is_new] =
      opposite_ends_.try_emplace(Side{file.file_class, file.access, file.object, file.device,
                                      both ? file.pid : 0, both ? file.number : 0});
  OppositeEnds& ends = entry->second;
  if (!is_new) return ends;
  for (const OpenFile* other : holders(file.file_class, file.object, file.device)) {
    if (!is_opposite(file, *other)) continue;
    if (other->pid == file.pid && other->number == file.number) continue;
    if (ends.set.peers.empty()) ends.only_holder = other->pid;
    if (other->pid != ends.only_holder) ends.only_holder = 0;
    add_peer(*this, *other, Peer::Relation::other_end, ends.set);
  }
  return ends;
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
