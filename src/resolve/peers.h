// Building blocks for the classes that know how to find their peers.
#pragma once

#include "resolve/open_file.h"

namespace syscope::resolve {

class World;

// Counted only, when there are PeerSet::most_peers already.
void add_peer(World& world, const OpenFile& other, Peer::Relation relation, PeerSet& peers);

// Everybody who holds the socket with this inode becomes a peer. Whether anybody does.
bool add_holders_of(World& world, std::uint64_t inode, Peer::Relation relation, PeerSet& peers);

// Everybody who holds `socket` becomes a peer; when nobody that can be seen does,
// the note says whose it is. `socket` is the other end.
void add_socket_holders(World& world, const SocketInfo& socket, Peer::Relation relation,
                        PeerSet& peers);

}  // namespace syscope::resolve
