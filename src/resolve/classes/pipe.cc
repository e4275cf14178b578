#include "resolve/classes/classes.h"
#include "resolve/peers.h"
#include "resolve/world.h"

namespace syscope::resolve {
namespace {

bool reads(Access access) { return access == Access::read || access == Access::both; }
bool writes(Access access) { return access == Access::write || access == Access::both; }

// Whoever holds the same pipe the other way round. Both ends in one process is worth a word: a
// reader that also holds the write end never sees the end of the file.
void find_peers(World& world, const OpenFile& file, PeerSet& peers) {
  bool only_itself = true;
  for (const OpenFile* other : world.holders(file.file_class, file.object, file.device)) {
    const bool opposite = (reads(file.access) && writes(other->access)) ||
                          (writes(file.access) && reads(other->access));
    if (!opposite || (other->pid == file.pid && other->number == file.number)) continue;
    if (other->pid != file.pid) only_itself = false;
    add_peer(world, *other, Peer::Relation::other_end, peers);
  }
  const bool reader = file.access == Access::read;
  if (peers.peers.empty() && file.access != Access::both && !world.partial())
    peers.note = reader ? "nobody holds the write end" : "nobody holds the read end";
  else if (!peers.peers.empty() && only_itself && !world.partial())
    peers.note =
        reader ? "only this process holds the write end" : "only this process holds the read end";
}

}  // namespace

const DescriptorClass pipe_class = {FileClass::pipe, "pipe", "FIFO", {}, nullptr, find_peers};
const DescriptorClass fifo_class = {FileClass::fifo, "fifo", "FIFO", {}, nullptr, find_peers};

}  // namespace syscope::resolve
