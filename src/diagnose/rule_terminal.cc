// Terminals: a reader waits for a human, through whoever holds the other side.
//
// A pseudo-terminal /dev/pts/N has its master in the hands of a terminal emulator, sshd or tmux: the
// descriptors on /dev/ptmx whose fdinfo says tty-index N. A write waits when that one does not read, or
// the terminal was stopped. pts(4).
#include <fmt/format.h>

#include "diagnose/rule.h"

namespace syscope::diagnose {
Finding wait_on_terminal(const ThreadState& thread, const resolve::OpenFile& file,
                         Direction direction, Scene& scene) {
  Finding finding;
  finding.rule = "terminal";
  finding.resource = fmt::format("fd {}  terminal {}", file.number, file.name);
  finding.standing = direction == Direction::out ? Standing::blocked : Standing::idle;
  finding.resource += direction == Direction::out
                          ? ": full, or stopped (Ctrl-S); whoever shows it does not read"
                          : ": waits for input, of a human or of whoever has the other side";
  for (const resolve::Peer& peer : scene.world().peers(file).peers) {
    if (peer.relation != resolve::Peer::Relation::other_end || peer.pid == thread.id.pid) continue;
    finding.holders.push_back(
        {{peer.pid, 0}, fmt::format("has the other side (fd {})", peer.number), peer.number});
  }
  return finding;
}

}  // namespace syscope::diagnose
