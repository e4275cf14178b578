// Files: a disk, a file server or a FUSE daemon that has not answered.
//
// The mount decides. A FUSE mount names its connection by its device number: the daemon is whoever has
// /dev/fuse open for it, and /sys/fs/fuse/connections/N/waiting counts what it owes. File servers and
// disks are rules of their own. mountinfo is read, never the file system itself: asking that would hang
// as well. mount(8).
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <string>

#include "diagnose/calls.h"
#include "diagnose/paths.h"
#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

using capture::proc::Mount;

std::string sysfs(const std::string& path) {
  std::string text;
  if (capture::proc::read_file(AT_FDCWD, path.c_str(), text) != 0) return {};
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

// Descriptors on /dev/fuse tell their connection in fdinfo since Linux 6.5; before that, and in a
// daemon with one mount only, whoever has the device open is it.
void blame_fuse_daemon(Finding& finding, const Mount& mount, Scene& scene) {
  const std::string connection = std::to_string(minor(mount.device));
  std::vector<const resolve::OpenFile*> all, exact;
  for (const pid_t pid : scene.world().processes()) {
    const auto files = scene.world().files(pid);
    if (!files) continue;
    for (resolve::OpenFile& file : *files) {
      if (file.name != "/dev/fuse") continue;
      all.push_back(&file);
      const auto info = scene.descriptor_info(pid, file.number);
      const auto id = info ? info->field("fuse_connection") : std::nullopt;
      if (id && *id == connection) exact.push_back(&file);
    }
  }
  for (const auto* file : exact.empty() ? all : exact) {
    finding.holders.push_back(
        {{file->pid, 0}, fmt::format("serves FUSE (fd {})", file->number), file->number});
  }
  if (exact.empty()) finding.certainty = all.size() == 1 ? Certainty::likely : Certainty::unknown;
  if (all.empty() && scene.world().partial()) finding.certainty = Certainty::not_permitted;
}

void explain_fuse(Finding& finding, const Mount& mount, Scene& scene) {
  finding.rule = "FUSE";
  const auto waiting =
      sysfs(fmt::format("/sys/fs/fuse/connections/{}/waiting", minor(mount.device)));
  finding.resource = fmt::format("FUSE file system {} ({}): its daemon has not answered{}",
                                 mount.point, mount.source,
                                 waiting.empty() ? "" : fmt::format(", {} requests wait", waiting));
  blame_fuse_daemon(finding, mount, scene);
}

// The block device that a file system lies on, 0 when none: btrfs has a device number of its own.
dev_t disk_of(const Mount& mount) {
  if (major(mount.device) != 0) return mount.device;
  struct stat status;
  const bool is_disk = mount.source.starts_with("/dev/") && ::stat(mount.source.c_str(), &status) == 0 &&
                       S_ISBLK(status.st_mode);
  return is_disk ? status.st_rdev : 0;
}

}  // namespace

Finding wait_on_mount(const Mount* mount, std::string_view what, const ThreadState& thread,
                      Scene& scene) {
  Finding finding;
  finding.rule = "file";
  if (mount == nullptr) {
    finding.resource = fmt::format("{}", what);
    finding.certainty = Certainty::unknown;
    return finding;
  }
  if (mount->type.starts_with("fuse")) {
    explain_fuse(finding, *mount, scene);
  } else if (is_file_server(mount->type)) {
    explain_file_server(finding, mount->type, mount->source, fmt::format("mounted on {}", mount->point),
                        mount->options, thread, scene);
  } else if (const dev_t device = disk_of(*mount); device != 0) {
    explain_disk(finding, device, fmt::format(" of {} ({})", mount->point, mount->type));
  } else {
    finding.resource = fmt::format("file system {} ({})", mount->point, mount->type);
    finding.certainty = Certainty::unknown;
  }
  finding.resource = fmt::format("{}: {}", what, finding.resource);
  const std::string channel = scene.wait_channel(thread.id);
  if (!channel.empty()) finding.evidence.push_back({"wchan", channel});
  return finding;
}

Finding wait_on_file(const ThreadState& thread, const resolve::OpenFile& file, Direction,
                     Scene& scene) {
  const std::string what = fmt::format("fd {}  {}", file.number, file.name);
  if (file.file_class == resolve::FileClass::block_device && file.has_status) {
    Finding finding;
    explain_disk(finding, file.special_device, "");
    finding.resource = fmt::format("{}: {}", what, finding.resource);
    return finding;
  }
  const auto& mounts = scene.world().mounts(thread.id.pid);
  const auto by_id = std::ranges::find(mounts, file.mount, &Mount::id);
  const Mount* mount = by_id != mounts.end() ? &*by_id : mount_of(mounts, file.name);
  return wait_on_mount(mount, what, thread, scene);
}

// Everything else that sleeps in a call about a file by descriptor or path.
std::optional<Finding> disk(const ThreadState& thread, Scene& scene) {
  const auto& mounts = scene.world().mounts(thread.id.pid);
  if (const auto path = opened_path(thread, scene)) {
    return wait_on_mount(mount_of(mounts, *path), *path, thread, scene);
  }
  const BlockingCall* call = blocking_call(thread.call());
  if (call == nullptr || call->first != FirstArgument::descriptor) return {};
  return wait_on(thread, static_cast<int>(thread.argument(0)), Direction::either, scene);
}

}  // namespace syscope::diagnose
