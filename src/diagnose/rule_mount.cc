// mount(2) itself: a file server that has not answered the first question, or a disk that is read for
// its file system.
//
// The file system is in no list yet; what it is and where it comes from lie in the waiter's memory.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "diagnose/rule.h"

namespace syscope::diagnose {

std::optional<Finding> mounting(const ThreadState& thread, Scene& scene) {
  if (!thread.is_in(SYS_mount) || thread.info.state == 'R') return {};
  const auto text = [&](unsigned argument) {
    return scene.read_string(thread.id.pid, thread.argument(argument)).value_or("");
  };
  const std::string source = text(0), target = text(1), type = text(2);
  const std::string place = fmt::format("to be mounted on {}", target);
  Finding finding;
  struct stat status;
  if (is_file_server(type)) {
    explain_file_server(finding, type, source, place, text(4), thread, scene);
  } else if (::stat(source.c_str(), &status) == 0 && S_ISBLK(status.st_mode)) {
    explain_disk(finding, status.st_rdev, fmt::format(", {} ({})", place, type));
  } else {
    return {};
  }
  finding.evidence.push_back({"wchan", scene.wait_channel(thread.id)});
  return finding;
}

}  // namespace syscope::diagnose
