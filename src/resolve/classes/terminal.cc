#include "resolve/classes/classes.h"
#include "resolve/world.h"

namespace syscope::resolve {
namespace {

void describe_master(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  if (const auto index = info.number("tty-index")) {
    file.object = *index;
    add_number(file, "index", *index);
  }
}

// Master and slave share the index; other descriptors of the same side are no peers.
bool is_opposite(const OpenFile& file, const OpenFile& other) {
  return other.file_class != file.file_class;
}

void find_pty_peers(World& world, const OpenFile& file, PeerSet& peers) {
  peers = world.opposite_ends(file, is_opposite).set;
}

}  // namespace

const DescriptorClass terminal_class = {FileClass::terminal, "terminal", "CHR"};
const DescriptorClass pty_master_class = {FileClass::pty_master, "pty-master",  "CHR", {},
                                          describe_master,       find_pty_peers};
const DescriptorClass pty_slave_class = {FileClass::pty_slave, "pty-slave", "CHR", {}, nullptr,
                                         find_pty_peers};

}  // namespace syscope::resolve
