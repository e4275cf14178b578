// Peers of internet sockets.
#pragma once

#include "resolve/open_file.h"

namespace syscope::resolve {

class World;

// Of a connected TCP or UDP socket: who holds the socket with the same addresses exchanged, in this
// or another network namespace of the machine; a connection not yet accepted leads to the listener.
void find_inet_peers(World& world, const OpenFile& file, PeerSet& peers);

}  // namespace syscope::resolve
