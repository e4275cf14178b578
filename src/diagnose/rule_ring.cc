// io_uring_enter(2) and io_getevents(2): waits for the completion of requests handed in before.
//
// What those requests wait for is in the kernel's memory; fdinfo lists at least the polls that are
// pending in a ring, by operation code. io_uring(7).
#include <fmt/format.h>
#include <sys/syscall.h>

#include "diagnose/rule.h"

namespace syscope::diagnose {

std::optional<Finding> ring(const ThreadState& thread, Scene& scene) {
  if (!thread.is_in(SYS_io_uring_enter)) return {};
  Finding finding;
  finding.rule = "io_uring";
  finding.certainty = Certainty::unknown;
  // Disk requests keep a thread for moments: who sits here for long waits for work.
  finding.standing = thread.info.state == 'D' ? Standing::blocked : Standing::idle;
  const int fd = static_cast<int>(thread.argument(0));
  const auto info = scene.descriptor_info(thread.id.pid, fd);
  std::size_t polls = 0;
  if (info) {
    for (const std::string_view name : {"SqHead", "SqTail", "CqHead", "CqTail"}) {
      if (const auto value = info->field(name)) {
        finding.evidence.push_back({std::string(name), std::string(*value)});
      }
    }
    for (const std::string_view line : info->lines("  op=")) {
      finding.evidence.push_back({"PollList", std::string(line)});
      ++polls;
    }
  }
  finding.resource = fmt::format("fd {}  io_uring: completion of {} request{}{}", fd,
                                 thread.argument(2), thread.argument(2) == 1 ? "" : "s",
                                 polls != 0 ? fmt::format("; {} polls are pending", polls) : "");
  finding.notes.push_back("the files that the requests wait for are known to the kernel alone");
  return finding;
}

std::optional<Finding> kernel_aio(const ThreadState& thread, Scene&) {
  if (!thread.is_in(SYS_io_getevents) && !thread.is_in(333)) return {};
  Finding finding;
  finding.rule = "asynchronous I/O";
  finding.certainty = Certainty::unknown;
  finding.resource = fmt::format("completion of {} asynchronous I/O requests (context 0x{:x})",
                                 thread.argument(1), thread.argument(0));
  finding.notes.push_back("which files they concern is known to the kernel alone");
  return finding;
}

}  // namespace syscope::diagnose
