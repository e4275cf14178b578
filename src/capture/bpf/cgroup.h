// What the kernel programs need to know a cgroup by.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace syscope::capture::bpf {

struct CgroupId {
  int version = 2;              // of the hierarchy: 1 or 2
  std::uint32_t subsystem = 0;  // version 1: number of the hierarchy's controller in the kernel
  std::uint64_t id = 0;         // of the kernfs node: the inode of the directory
};

// The cgroup whose directory is `path`. cgroups(7). Errors: no such directory, not a cgroup, a version
// 1 hierarchy without a controller.
[[nodiscard]] Result<CgroupId> find_cgroup(const std::string& path);

}  // namespace syscope::capture::bpf
