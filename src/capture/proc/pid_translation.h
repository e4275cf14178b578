// Process ids of other PID namespaces. pid_namespaces(7)
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "capture/proc/root.h"

namespace syscope::capture::proc {

// Translates numbers from the namespaces of threads to that of /proc. A number that a thread, a
// process, a group or a session has in a namespace stands for the same thing in all four ways, so
// that nobody has to say which is meant.
class PidTranslator {
 public:
  // `root` outlives this object.
  explicit PidTranslator(const Root& root) : root_(root) {}

  // What thread `tid` calls `number` (above 0), as /proc calls it; 0 where nothing here has that
  // number there. A number of this namespace is returned as it is, whether it exists or not; so is
  // one of a thread whose namespace this user may not know. Looking for one that is not remembered
  // reads the status of every thread of the machine.
  [[nodiscard]] pid_t translate(pid_t tid, pid_t number);

 private:
  struct Level {  // where a thread's numbers stand in the lines of status
    std::uint64_t name_space = 0;  // inode
    std::size_t depth = 0;         // how many numbers its own lines have
  };
  [[nodiscard]] Level level_of(pid_t tid) const;
  [[nodiscard]] pid_t search(const Level& level, pid_t number);
  // What the thread's lines call `number` of that level here; 0: they do not have it.
  [[nodiscard]] pid_t found_in(pid_t pid, pid_t tid, const Level& level, pid_t number);
  [[nodiscard]] bool lives_in(pid_t tid, const Level& level, std::size_t depth) const;

  const Root& root_;
  std::string status_;  // of the thread at hand
  std::optional<std::uint64_t> own_;
  // By namespace and number: a process and a thread of it that had it in their lines.
  std::map<std::pair<std::uint64_t, pid_t>, std::pair<pid_t, pid_t>> known_;
};

}  // namespace syscope::capture::proc
