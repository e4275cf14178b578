// POSIX message queues: a receiver waits for whoever else has the queue open. mq_overview(7).
#include <fmt/format.h>
#include <sys/syscall.h>

#include "diagnose/rule.h"
#include "diagnose/sockets.h"

namespace syscope::diagnose {

Finding wait_on_queue(const ThreadState& thread, const resolve::OpenFile& file, Direction direction,
                      Scene& scene) {
  Finding finding;
  finding.rule = "message queue";
  finding.resource = fmt::format("fd {}  message queue {}: {}", file.number, file.name,
                                 direction == Direction::out ? "full" : "empty");
  for (const resolve::OpenFile* other :
       scene.world().holders(file.file_class, file.object, file.device)) {
    if (other->pid == thread.id.pid) continue;
    const bool helps = direction == Direction::out ? other->access != resolve::Access::write
                                                   : other->access != resolve::Access::read;
    if (!helps) continue;
    finding.holders.push_back(
        {{other->pid, 0}, fmt::format("has it open (fd {})", other->number), other->number});
  }
  if (finding.holders.empty()) {
    finding.certainty = scene.world().partial() ? Certainty::not_permitted : Certainty::certain;
    finding.notes.push_back("no other process has it open in the other direction");
  }
  return finding;
}

std::optional<Finding> message_queue(const ThreadState& thread, Scene& scene) {
  const int fd = static_cast<int>(thread.argument(0));
  if (thread.is_in(SYS_mq_timedreceive)) return wait_on(thread, fd, Direction::in, scene);
  if (thread.is_in(SYS_mq_timedsend)) return wait_on(thread, fd, Direction::out, scene);
  return {};
}

}  // namespace syscope::diagnose
