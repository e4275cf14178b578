// The files mapped into a process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
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

// The file behind a mapping, open for reading: the very file, whatever its name means by now, where this
// user has CAP_CHECKPOINT_RESTORE; else by its name, if that still leads to it. Empty when neither. Asks
// its file system: see Mount::may_hang. proc_pid_map_files(5).
[[nodiscard]] Fd open_mapped_file(const Root& root, pid_t pid, const Mapping& mapping);

// The mapping of the file that the kernel calls `path`, with " (deleted)" where that is so.
[[nodiscard]] Mapping mapping_of(dev_t device, std::uint64_t inode, std::string_view path);

// The mapped files alone, each once, in order of address: what lsof lists as "mem".
[[nodiscard]] Result<std::vector<Mapping>> read_mapped_files(const Root& root, pid_t pid);

}  // namespace syscope::capture::proc
