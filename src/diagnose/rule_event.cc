// Descriptors without a peer socket: eventfd, timerfd, signalfd, inotify, pidfd, io_uring,
// userfaultfd.
//
// An eventfd is written by whoever shares its id, for all of them have one inode. A timerfd tells
// when it expires, a signalfd which signals it takes, a pidfd whose end it waits for: all in
// fdinfo, proc_pid_fdinfo(5).
#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstdio>

#include "diagnose/rule.h"
#include "diagnose/signals.h"

namespace syscope::diagnose {
namespace {

using capture::proc::DescriptorInfo;

Finding of_eventfd(const ThreadState& thread, const resolve::OpenFile& file, Finding finding,
                   Scene& scene) {
  finding.evidence.push_back({"eventfd-id", fmt::format("{}", file.object)});
  for (const resolve::OpenFile* other : scene.world().holders(file.file_class, file.object)) {
    if (other->pid == thread.id.pid) continue;
    finding.holders.push_back(
        {{other->pid, 0}, fmt::format("has it too (fd {})", other->number), other->number});
  }
  if (!finding.holders.empty()) return finding;
  finding.resource +=
      ": no other process has it; another thread of this one, or the kernel, must "
      "write it";
  finding.certainty = scene.world().partial() ? Certainty::not_permitted : Certainty::certain;
  finding.standing = Standing::idle;
  return finding;
}

Finding of_timerfd(const DescriptorInfo& info, Finding finding) {
  finding.standing = Standing::idle;
  const auto value = info.field("it_value");
  unsigned long long seconds = 0, nanoseconds = 0;
  if (!value ||
      std::sscanf(std::string(*value).c_str(), "(%llu, %llu)", &seconds, &nanoseconds) != 2) {
    finding.certainty = Certainty::unknown;
  } else if (seconds == 0 && nanoseconds == 0) {
    finding.resource += ": the timer is not set: nothing will ever come";
  } else {
    finding.resource +=
        fmt::format(": expires in {:.1f} s", static_cast<double>(seconds) + 1e-9 * nanoseconds);
  }
  return finding;
}

Finding of_signalfd(const DescriptorInfo& info, Finding finding) {
  finding.standing = Standing::idle;
  if (const auto mask = info.number("sigmask", 16)) {
    finding.resource += ": waits for " + signal_set_text(*mask);
  }
  return finding;
}

// The kernel keeps no path of what is watched: it is known where the process has the file open,
// too.
std::string watched_name(std::string_view watch, pid_t pid, Scene& scene) {
  unsigned long long inode = 0;
  unsigned device = 0;
  if (std::sscanf(std::string(watch).c_str(), "inotify wd:%*x ino:%llx sdev:%x", &inode, &device) !=
      2)
    return {};
  const auto files = scene.world().files(pid);
  if (!files) return {};
  const auto is_it = [&](resolve::OpenFile& file) {
    if (file.inode != inode && file.inode != 0) return false;
    scene.world().examine(file);
    return file.inode == inode && file.device == ::makedev(device >> 20, device & 0xfffff);
  };
  const auto found = std::ranges::find_if(*files, is_it);
  return found == files->end() ? std::string() : found->name;
}

Finding of_inotify(const DescriptorInfo& info, pid_t pid, Finding finding, Scene& scene) {
  finding.standing = Standing::idle;
  const auto watches = info.lines("inotify ");
  const std::string name = watches.empty() ? "" : watched_name(watches.front(), pid, scene);
  finding.resource += ": waits for changes of ";
  if (name.empty())
    finding.resource +=
        fmt::format("{} watched file{}", watches.size(), watches.size() == 1 ? "" : "s");
  else if (watches.size() == 1)
    finding.resource += name;
  else
    finding.resource += fmt::format("{} and {} more", name, watches.size() - 1);
  for (std::size_t i = 0; i < watches.size() && i < 8; ++i) {
    finding.evidence.push_back({"fdinfo", std::string(watches[i])});
  }
  return finding;
}

Finding of_pidfd(const DescriptorInfo& info, Finding finding) {
  finding.rule = "pidfd";
  const auto pid = info.number("Pid");
  if (!pid || *pid == 0 || *pid > 0x7fffffff) {
    finding.resource += ": of a process that has ended or is out of sight";
    finding.certainty = Certainty::unknown;
    return finding;
  }
  finding.resource += fmt::format(": the end of process {}", *pid);
  finding.holders.push_back({{static_cast<pid_t>(*pid), 0}, "has not ended"});
  return finding;
}

}  // namespace

Finding wait_on_event(const ThreadState& thread, const resolve::OpenFile& file, Direction direction,
                      Scene& scene) {
  using resolve::FileClass;
  Finding finding;
  finding.rule = "event";
  finding.resource = fmt::format("fd {}  {}", file.number,
                                 file.file_class == FileClass::anonymous
                                     ? file.name
                                     : std::string(resolve::class_name(file.file_class)));
  if (file.file_class == FileClass::eventfd) {
    return of_eventfd(thread, file, std::move(finding), scene);
  }
  const auto info = scene.descriptor_info(file.pid, file.number);
  if (info) {
    switch (file.file_class) {
      case FileClass::timerfd: return of_timerfd(*info, std::move(finding));
      case FileClass::signalfd: return of_signalfd(*info, std::move(finding));
      case FileClass::inotify: return of_inotify(*info, file.pid, std::move(finding), scene);
      case FileClass::pidfd: return of_pidfd(*info, std::move(finding));
      default: break;
    }
  }
  finding.standing = Standing::idle;
  finding.resource += direction == Direction::out ? ": waits for room" : ": waits for an event";
  return finding;
}

}  // namespace syscope::diagnose
