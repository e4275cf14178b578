// The files mapped into a process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/proc/root.h"

namespace syscope::capture::proc {

// A line of /proc/PID/maps. proc_pid_maps(5).
struct Mapping {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::uint64_t offset = 0;  // in the file, bytes
  dev_t device = 0;
  std::uint64_t inode = 0;  // 0: no file
  char permissions[5] = "----";
  bool deleted = false;  // the file has no name any more; " (deleted)" is taken off `path`
  std::string path;      // raw; empty for anonymous memory
};

[[nodiscard]] Result<std::vector<Mapping>> read_mappings(const Root& root, pid_t pid);
[[nodiscard]] std::vector<Mapping> parse_mappings(std::string_view text);

// The mapped files alone, each once, in order of address: what lsof lists as "mem".
[[nodiscard]] Result<std::vector<Mapping>> read_mapped_files(const Root& root, pid_t pid);

}  // namespace syscope::capture::proc
