#include "diagnose/cgroups.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "capture/proc/process.h"

namespace syscope::diagnose {

bool ControlGroup::controls(std::string_view controller) const {
  std::string_view rest = controllers;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    if (rest.substr(0, end) == controller) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::vector<ControlGroup> control_groups(pid_t pid, Scene& scene) {
  std::vector<ControlGroup> groups;
  const auto text = capture::proc::read_cgroups(scene.root(), pid);
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t first = line.find(':');
    const std::size_t second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    groups.push_back({std::string(line.substr(first + 1, second - first - 1)),
                      std::string(line.substr(second + 1))});
  }
  return groups;
}

std::optional<std::string> control_group_file(const ControlGroup& group, std::string_view name) {
  std::vector<std::string> roots{"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};
  if (!group.is_version_2()) {
    roots = {"/sys/fs/cgroup/" + group.controllers,
             "/sys/fs/cgroup/" + group.controllers.substr(0, group.controllers.find(','))};
  }
  for (const std::string& root : roots) {
    std::string text;
    const std::string path = fmt::format("{}{}/{}", root, group.path, name);
    if (capture::proc::read_file(AT_FDCWD, path.c_str(), text) == 0) return text;
  }
  return {};
}

}  // namespace syscope::diagnose
