#include "resolve/classes/classes.h"

namespace syscope::resolve {
namespace {

// The other end of nearly every netlink socket is the kernel itself.
void find_peers(World&, const OpenFile& file, PeerSet& peers) {
  if (file.socket != nullptr && file.socket->netlink_peer_port == 0) peers.note = "the kernel";
}

}  // namespace

const DescriptorClass netlink_class = {FileClass::netlink, "netlink", "netlink", {}, nullptr,
                                       find_peers};

}  // namespace syscope::resolve
