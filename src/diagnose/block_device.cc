#include "diagnose/block_device.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "capture/proc/root.h"

namespace syscope::diagnose {
namespace {

std::string read_line(const std::string& path) {
  std::string text;
  if (capture::proc::read_file(AT_FDCWD, path.c_str(), text) != 0) return {};
  return text.substr(0, text.find('\n'));
}

std::vector<std::string> entries(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  if (!open) return names;
  while (const dirent* entry = ::readdir(open.get())) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  std::ranges::sort(names);
  return names;
}

// `folder` is the device's place in sysfs. Documentation/ABI/stable/sysfs-block of the kernel.
BlockDevice read_device(const std::string& folder) {
  BlockDevice device;
  unsigned major = 0, minor = 0;
  if (std::sscanf(read_line(folder + "/dev").c_str(), "%u:%u", &major, &minor) == 2) {
    device.device = ::makedev(major, minor);
  }
  device.mapper = read_line(folder + "/dm/name");
  device.suspended = read_line(folder + "/dm/suspended") == "1";
  device.state = read_line(folder + "/device/state");
  std::sscanf(read_line(folder + "/inflight").c_str(), "%u %u", &device.reads, &device.writes);
  device.below = entries(folder + "/slaves");
  return device;
}

}  // namespace

std::string BlockDevice::text() const {
  return fmt::format("block device {}:{}{}{}", major(device), minor(device),
                     name.empty() ? "" : " " + name,
                     mapper.empty() ? "" : fmt::format(" ({})", mapper));
}

BlockDevice block_device(dev_t number) {
  const std::string folder = fmt::format("/sys/dev/block/{}:{}", major(number), minor(number));
  BlockDevice device = read_device(folder);
  device.device = number;
  const auto link = capture::proc::read_link(AT_FDCWD, folder.c_str());
  if (link) device.name = link->substr(link->rfind('/') + 1);
  return device;
}

BlockDevice block_device(const std::string& name) {
  BlockDevice device = read_device("/sys/class/block/" + name);
  device.name = name;
  return device;
}

std::vector<BlockDevice> devices_below(const BlockDevice& device) {
  constexpr std::size_t most = 64;
  std::vector<BlockDevice> found;
  for (const std::string& name : device.below) found.push_back(block_device(name));
  for (std::size_t at = 0; at < found.size(); ++at) {
    const std::vector<std::string> below = found[at].below;
    for (const std::string& name : below) {
      if (found.size() < most) found.push_back(block_device(name));
    }
  }
  return found;
}

}  // namespace syscope::diagnose
