#include "resolve/classes/classes.h"
#include "resolve/world.h"

namespace syscope::resolve {
namespace {

bool reads(Access access) { return access == Access::read || access == Access::both; }
bool writes(Access access) { return access == Access::write || access == Access::both; }

bool is_opposite(const OpenFile& file, const OpenFile& other) {
  return (reads(file.access) && writes(other.access)) ||
         (writes(file.access) && reads(other.access));
}

// Whoever holds the same pipe the other way round. Both ends in one process is worth a word: a
// reader that also holds the write end never sees the end of the file.
void find_peers(World& world, const OpenFile& file, PeerSet& peers) {
  const OppositeEnds& ends = world.opposite_ends(file, is_opposite);
  peers = ends.set;
  const bool only_itself = ends.only_holder == file.pid;
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
