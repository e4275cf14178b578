// File locks of the whole machine.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/proc/root.h"

namespace syscope::capture::proc {

// A line of /proc/locks; a waiter has the number of the lock that it waits for. proc_locks(5).
struct FileLock {
  std::uint64_t number = 0;
  bool waiting = false;
  std::string kind;  // "FLOCK", "POSIX", "OFDLCK", "LEASE", "DELEG"
  std::string mode;  // "ADVISORY", "BREAKING", "ACTIVE", "BREAKER"...
  bool write = false;
  pid_t pid = 0;  // -1: an open file description owns it: see the "lock:" lines of fdinfo
  dev_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t start = 0;
  std::uint64_t end = UINT64_MAX;  // inclusive; UINT64_MAX: to the end of the file
};

[[nodiscard]] Result<std::vector<FileLock>> read_locks(const Root& root);
// Also takes the "lock:" lines of fdinfo, with that word taken off or not.
[[nodiscard]] std::vector<FileLock> parse_locks(std::string_view text);

}  // namespace syscope::capture::proc
