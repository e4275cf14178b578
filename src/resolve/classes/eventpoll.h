// The watch list of an epoll descriptor.
#pragma once

#include <cstdint>
#include <vector>

#include "capture/proc/descriptors.h"

namespace syscope::resolve {

// A "tfd:" line of fdinfo. The number is that of epoll_ctl(2): since then the process may have
// closed it and opened another file under it; the inode tells.
struct EpollWatch {
  int number = -1;
  std::uint32_t events = 0;  // EPOLLIN ...
  std::uint64_t data = 0;
  std::uint64_t inode = 0;
  std::uint32_t device = 0;  // as the kernel encodes it internally: major << 20 | minor
};

// epoll(7), proc_pid_fdinfo(5).
[[nodiscard]] std::vector<EpollWatch> epoll_watches(const capture::proc::DescriptorInfo& info);

}  // namespace syscope::resolve
