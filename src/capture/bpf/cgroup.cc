#include "capture/bpf/cgroup.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <optional>
#include <string_view>

namespace syscope::capture::bpf {
namespace {

// The controllers of the version 1 hierarchy that holds `path`, by the mount table: its options.
std::string mount_options(const std::string& path) {
  std::ifstream mounts("/proc/self/mounts");
  std::string line, best, options;
  while (std::getline(mounts, line)) {
    std::istringstream words(line);
    std::string device, point, type, given;
    words >> device >> point >> type >> given;
    if (type != "cgroup" || !path.starts_with(point) || point.size() < best.size()) continue;
    if (path.size() > point.size() && path[point.size()] != '/') continue;
    best = point;
    options = given;
  }
  return options;
}

bool has_option(std::string_view options, std::string_view name) {
  while (!options.empty()) {
    const std::size_t comma = options.find(',');
    if (options.substr(0, comma) == name) return true;
    if (comma == std::string_view::npos) break;
    options.remove_prefix(comma + 1);
  }
  return false;
}

// The kernel numbers its controllers in the order in which /proc/cgroups lists them.
std::optional<std::uint32_t> subsystem_number(const std::string& options) {
  std::ifstream list("/proc/cgroups");
  std::string line;
  std::uint32_t number = 0;
  while (std::getline(list, line)) {
    if (line.starts_with('#')) continue;
    if (has_option(options, line.substr(0, line.find('\t')))) return number;
    ++number;
  }
  return std::nullopt;
}

}  // namespace

Result<CgroupId> find_cgroup(const std::string& path) {
  struct statfs filesystem{};
  struct stat status{};
  char* const resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return fail_errno(errno, "no such cgroup", path, "give its directory below /sys/fs/cgroup");
  const std::string directory(resolved);
  std::free(resolved);
  if (::statfs(directory.c_str(), &filesystem) != 0 || ::stat(directory.c_str(), &status) != 0) {
    return fail_errno(errno, "cannot look at the cgroup", path);
  }
  CgroupId cgroup;
  cgroup.id = status.st_ino;
  if (filesystem.f_type == CGROUP2_SUPER_MAGIC) return cgroup;
  if (filesystem.f_type != CGROUP_SUPER_MAGIC) {
    return fail(Cause::usage, "not a cgroup", path, "give its directory below /sys/fs/cgroup");
  }
  cgroup.version = 1;
  const auto number = subsystem_number(mount_options(directory));
  if (!number) {
    return fail(Cause::unsupported, "the hierarchy of this cgroup has no controller", path,
                "give a cgroup of another hierarchy");
  }
  cgroup.subsystem = *number;
  return cgroup;
}

}  // namespace syscope::capture::bpf
