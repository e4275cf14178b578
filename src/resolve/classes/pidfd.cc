#include <charconv>

#include "resolve/classes/classes.h"
#include "resolve/world.h"

namespace syscope::resolve {
namespace {

void describe(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  copy_field(info, file, "Pid", "pid", true);
  copy_field(info, file, "NSpid", "namespace_pids", false);
}

// Pid is -1 once the process is gone, 0 when it lives in a namespace that is not ours.
void find_peers(World& world, const OpenFile& file, PeerSet& peers) {
  for (const Detail& detail : file.details) {
    if (detail.name != "pid") continue;
    pid_t pid = 0;
    std::from_chars(detail.value.data(), detail.value.data() + detail.value.size(), pid);
    if (pid < 0) peers.note = "the process has ended";
    if (pid == 0) peers.note = "a process of another PID namespace";
    if (pid <= 0) continue;
    Peer peer;
    peer.relation = Peer::Relation::target;
    peer.pid = pid;
    if (const auto process = world.process(pid)) peer.comm = (*process)->info.comm;
    peers.peers.push_back(peer);
  }
}

}  // namespace

const DescriptorClass pidfd_class = {FileClass::pidfd, "pidfd",  "a_inode",
                                     "pidfd",          describe, find_peers};

}  // namespace syscope::resolve
