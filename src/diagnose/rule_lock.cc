// File locks: flock(2), POSIX and open-file-description locks of fcntl(2), and leases.
//
// /proc/locks lists every lock with its owner, and right after it, under the same number, whoever waits
// for it. A POSIX lock names a process. An OFD lock belongs to an open file: -1 in that list, but the
// fdinfo of the holder's descriptor carries a "lock:" line. An open(2) that breaks a lease waits for
// its owner, at most /proc/sys/fs/lease-break-time seconds. proc_locks(5), fcntl_locking(2).
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>

#include <algorithm>

#include "diagnose/paths.h"
#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

using capture::proc::FileLock;

bool overlap(const FileLock& a, const FileLock& b) { return a.start <= b.end && b.start <= a.end; }

// Holders of the open file that owns an OFD lock: their fdinfo says so.
void add_ofd_holders(Finding& finding, const FileLock& lock, const ThreadState& thread,
                     Scene& scene) {
  for (const resolve::OpenFile* file :
       scene.world().holders(resolve::FileClass::regular, lock.inode, lock.device)) {
    const auto info = scene.descriptor_info(file->pid, file->number);
    if (!info) continue;
    for (const std::string_view line : info->lines("lock:")) {
      for (const FileLock& held : capture::proc::parse_locks(line)) {
        if (held.inode != lock.inode || held.waiting || !overlap(held, lock)) continue;
        if (file->pid == thread.id.pid) continue;
        finding.holders.push_back(
            {{file->pid, 0}, fmt::format("holds the lock (fd {})", file->number), file->number});
        finding.evidence.push_back(
            {fmt::format("/proc/{}/fdinfo/{}", file->pid, file->number), std::string(line)});
      }
    }
  }
}

std::string range_text(const FileLock& lock) {
  if (lock.start == 0 && lock.end == UINT64_MAX) return "the whole file";
  return lock.end == UINT64_MAX ? fmt::format("bytes {} to the end", lock.start)
                                : fmt::format("bytes {} to {}", lock.start, lock.end);
}

// The locks that the waiter's own line in the list hangs below. Where it is an OFD lock it has no pid,
// and every waiter for the inode counts.
std::vector<FileLock> blocking(const ThreadState& thread, std::uint64_t inode, Scene& scene) {
  std::vector<FileLock> found;
  const auto& locks = scene.locks();
  for (const FileLock& waiter : locks) {
    if (!waiter.waiting || waiter.inode != inode) continue;
    if (waiter.pid != thread.id.pid && waiter.pid != -1) continue;
    for (const FileLock& lock : locks) {
      if (!lock.waiting && lock.number == waiter.number) found.push_back(lock);
    }
  }
  return found;
}

Finding of_locks(const ThreadState& thread, std::string_view kind, const std::string& path,
                 const std::vector<FileLock>& locks, Scene& scene) {
  Finding finding;
  finding.rule = "file lock";
  finding.resource = fmt::format("{} on {}", kind, path);
  for (const FileLock& lock : locks) {
    finding.evidence.push_back({"/proc/locks", fmt::format("{}: {} {} {} pid {}, {}", lock.number,
                                                           lock.kind, lock.mode,
                                                           lock.write ? "WRITE" : "READ", lock.pid,
                                                           range_text(lock))});
    if (lock.pid > 0) {
      finding.holders.push_back({{lock.pid, 0}, fmt::format("holds the {} lock on {}",
                                                            lock.write ? "write" : "read",
                                                            range_text(lock))});
    } else {
      add_ofd_holders(finding, lock, thread, scene);
    }
  }
  if (finding.holders.empty()) {
    finding.certainty = locks.empty() ? Certainty::unknown : Certainty::not_permitted;
    finding.notes.push_back(
        "no holder is in sight: a remote machine (NFS), another PID namespace or another user");
  }
  return finding;
}

std::optional<Finding> of_descriptor(const ThreadState& thread, std::string_view kind,
                                     Scene& scene) {
  const auto* file = scene.world().file(thread.id.pid, static_cast<int>(thread.argument(0)));
  if (file == nullptr) return {};
  return of_locks(thread, kind, file->name, blocking(thread, file->inode, scene), scene);
}

// open(2) of a file whose lease is being broken: the waiter is no line of /proc/locks.
std::optional<Finding> of_lease(const ThreadState& thread, Scene& scene) {
  const auto path = opened_path(thread, scene);
  if (!path) return {};
  const bool breaking = std::ranges::any_of(scene.locks(), [](const FileLock& lock) {
    return lock.kind == "LEASE" && lock.mode == "BREAKING";
  });
  if (!breaking) return {};
  const auto inode = inode_of(thread.id.pid, *path, scene);
  if (!inode) return {};
  std::vector<FileLock> leases;
  for (const FileLock& lock : scene.locks()) {
    if (lock.kind == "LEASE" && lock.mode == "BREAKING" && lock.inode == *inode) {
      leases.push_back(lock);
    }
  }
  if (leases.empty()) return {};
  Finding finding = of_locks(thread, "lease", *path, leases, scene);
  finding.notes.push_back("the kernel breaks it by force after /proc/sys/fs/lease-break-time seconds");
  return finding;
}

}  // namespace

std::optional<Finding> file_lock(const ThreadState& thread, Scene& scene) {
  if (thread.is_in(SYS_flock)) return of_descriptor(thread, "flock", scene);
  if (thread.is_in(SYS_fcntl)) {
    if (thread.argument(1) == F_SETLKW) return of_descriptor(thread, "POSIX lock", scene);
    if (thread.argument(1) == F_OFD_SETLKW) return of_descriptor(thread, "OFD lock", scene);
    return {};
  }
  return of_lease(thread, scene);
}

}  // namespace syscope::diagnose
