// The container of a process, as its control groups name it.
#pragma once

#include <string>
#include <string_view>

namespace syscope::resolve {

// `cgroups` is the text of /proc/PID/cgroup. Docker, containerd, CRI-O and podman put a hexadecimal
// id of 64 digits into the path: its first 12 come back. LXC and systemd-nspawn give a name. Empty
// outside of a container. Raw bytes of the path otherwise.
[[nodiscard]] std::string container_of(std::string_view cgroups);

}  // namespace syscope::resolve
