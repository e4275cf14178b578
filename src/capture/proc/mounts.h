// The mounts that a process sees.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/proc/root.h"

namespace syscope::capture::proc {

// A line of /proc/PID/mountinfo, escapes undone. proc_pid_mountinfo(5).
struct Mount {
  int id = 0;
  int parent = 0;
  dev_t device = 0;   // as stat(2) gives it for most file systems
  std::string root;   // what part of the file system is mounted
  std::string point;  // where
  std::string type;   // "ext4", "fuse.sshfs"
  std::string source;
  std::string options;  // those of the file system: "rw,addr=10.0.0.1"

  // Whether asking this file system about a file may wait for a server, for ever if that is gone.
  // FUSE does not count as long as statx(2) gets AT_STATX_DONT_SYNC.
  [[nodiscard]] bool may_hang() const;
};

[[nodiscard]] Result<std::vector<Mount>> read_mounts(const Root& root, pid_t pid);
// The value of `name` in a list of options: "a" of "rw,name=a". mount(8).
[[nodiscard]] std::optional<std::string_view> mount_option(std::string_view options,
                                                           std::string_view name);

[[nodiscard]] std::vector<Mount> parse_mounts(std::string_view text);

// The mount that `path` lies on, or null: the longest mount point, of equals the last.
[[nodiscard]] const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view path);

// Whether it is only called so, for the want of a name in any file system: "/memfd:buffer".
[[nodiscard]] bool is_nameless(std::string_view path);

}  // namespace syscope::capture::proc
