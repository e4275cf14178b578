// Pipes and FIFOs: a reader waits for whoever has the write end, a writer for whoever has the read end.
//
// The two ends are one inode; who has which end shows in the mode of each holder's descriptor. A reader
// whose pipe has no writer left would see the end of file, so there is always one: sometimes only the
// reader itself, which then waits for ever (a write end that was not closed after fork(2)). pipe(7).
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

bool can(resolve::Access access, Direction direction) {
  if (access == resolve::Access::both) return true;
  return access == (direction == Direction::in ? resolve::Access::read : resolve::Access::write);
}

}  // namespace

Finding wait_on_pipe(const ThreadState& thread, const resolve::OpenFile& file, Direction direction,
                     Scene& scene) {
  if (direction == Direction::either) {
    direction = file.access == resolve::Access::write ? Direction::out : Direction::in;
  }
  const bool reads = direction == Direction::in;
  const Direction opposite = reads ? Direction::out : Direction::in;
  Finding finding;
  finding.rule = "pipe";
  const std::string object = file.file_class == resolve::FileClass::fifo
                                 ? fmt::format("FIFO {}", file.name)
                                 : fmt::format("pipe:[{}]", file.object);
  finding.resource = fmt::format("fd {}  {}", file.number, object);
  bool self = false;
  for (const resolve::OpenFile* other :
       scene.world().holders(file.file_class, file.object, file.device)) {
    if (!can(other->access, opposite)) continue;
    if (other->pid == thread.id.pid) {
      self = true;
      continue;
    }
    const bool known = std::ranges::any_of(
        finding.holders, [&](const Holder& holder) { return holder.who.pid == other->pid; });
    if (known) continue;
    finding.holders.push_back(
        {{other->pid, 0},
         fmt::format("has the {} end (fd {})", reads ? "write" : "read", other->number),
         other->number});
    finding.evidence.push_back({fmt::format("/proc/{}/fd/{}", other->pid, other->number), object});
  }
  const bool complete = !scene.world().partial();
  finding.resource += reads ? ": empty, and whoever writes has not written"
                            : ": full, and whoever reads does not read";
  if (!finding.holders.empty()) return finding;
  if (self) {
    finding.resource += fmt::format("; only this process has the {} end",
                                    reads ? "write" : "read");
    finding.holders.push_back({{thread.id.pid, 0}, "has both ends"});
    finding.certainty = complete ? Certainty::certain : Certainty::likely;
  } else if (!complete) {
    finding.resource += "; the other end is held by another user's process";
    finding.certainty = Certainty::not_permitted;
  } else {
    finding.resource += "; no process has the other end: it may be in flight in a unix socket";
    finding.certainty = Certainty::unknown;
  }
  return finding;
}

}  // namespace syscope::diagnose
