// Control groups of a process, and the files that tell about them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnose/scene.h"

namespace syscope::diagnose {

// A line of /proc/PID/cgroup. cgroups(7).
struct ControlGroup {
  std::string controllers;  // "cpu,cpuacct"; empty: the version 2 hierarchy
  std::string path;         // "/" is the root group

  [[nodiscard]] bool is_version_2() const { return controllers.empty(); }
  [[nodiscard]] bool controls(std::string_view controller) const;
};

[[nodiscard]] std::vector<ControlGroup> control_groups(pid_t pid, Scene& scene);

// The text of one of the group's files, found under the customary mount points below /sys/fs/cgroup.
[[nodiscard]] std::optional<std::string> control_group_file(const ControlGroup& group,
                                                            std::string_view name);

}  // namespace syscope::diagnose
