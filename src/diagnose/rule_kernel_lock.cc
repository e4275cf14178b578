// Locks of the kernel: its mutexes and semaphores, those of a folder that somebody changes or of a file
// that somebody writes, a file system that is frozen.
//
// Kernels that look for hung tasks may keep for each thread the lock that it sleeps for (task->blocker);
// the lock knows its owner, and that is certain. Without that record only locks on files can be explained.
//
// Whoever changes a folder has its lock until the file system has answered, inode_lock() in the
// kernel's Documentation/filesystems/directory-locking.rst. Those who come later sleep in D, and
// /proc names the function that wanted the lock. It shows no owner, but the owner can be told by
// elimination: it sleeps in a call about the same folder or file, and not for the lock; its
// own wait continues the chain. A file system frozen with FIFREEZE, ioctl_fsfreeze, lets nobody
// begin to write; nothing records who froze it, and that process may be gone. Locks on anything
// else are named, no more.
#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "diagnose/calls.h"
#include "diagnose/paths.h"
#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

using capture::proc::Mount;

// What a call works on: a file by its descriptor, or the folder that its path lies in.
struct Place {
  const Mount* mount = nullptr;
  std::string name;    // as the process sees it
  std::string inside;  // within the file system: the same in every mount namespace
};

std::optional<Place> place_of(const ThreadState& thread, Scene& scene) {
  const auto& mounts = scene.world().mounts(thread.id.pid);
  Place place;
  if (const auto path = opened_path(thread, scene)) {
    place.mount = mount_of(mounts, *path);
    place.name = path->substr(0, path->find_last_of('/'));
  } else {
    const BlockingCall* call = blocking_call(thread.call());
    if (call == nullptr || call->first != FirstArgument::descriptor) return {};
    const auto* file = scene.world().file(thread.id.pid, static_cast<int>(thread.argument(0)));
    if (file == nullptr || !file->name.starts_with('/')) return {};
    const auto by_id = std::ranges::find(mounts, file->mount, &Mount::id);
    place.mount = by_id != mounts.end() ? &*by_id : mount_of(mounts, file->name);
    place.name = file->name;
  }
  if (place.mount == nullptr) return {};
  place.inside = place.mount->root;
  if (place.name.starts_with(place.mount->point)) {
    place.inside += place.name.substr(place.mount->point.size());
  }
  return place;
}

bool contains_any(std::string_view text, std::span<const std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return text.contains(part); });
}

// Functions that are locks, and functions that sleep in nothing but the lock of a folder or file:
// wchan leaves out the lock itself when that belongs to the scheduler's part of the kernel.
bool wants_lock(std::string_view channel) {
  constexpr std::array<std::string_view, 6> locks{"rwsem_",      "mutex_lock",    "__down",
                                                  "percpu_down", "rt_mutex_slow", "down_write"};
  constexpr std::array<std::string_view, 12> takers{
      "filename_create",   "start_dirop", "start_creating", "do_unlinkat",
      "do_rmdir",          "lock_rename", "lookup_slow",    "walk_component",
      "open_last_lookups", "iterate_dir", "do_truncate",    "_write_iter"};
  return contains_any(channel, locks) || contains_any(channel, takers);
}

// Those who sleep in a call about the same place, but not for its lock.
void blame_those_inside(Finding& finding, const Place& place, const ThreadState& thread,
                        const std::string& channel, Scene& scene) {
  for (const pid_t pid : scene.world().processes()) {
    for (const pid_t tid : scene.threads(pid)) {
      if (scene.out_of_time()) return;
      const ThreadState* other = scene.thread({pid, tid});
      if (other == nullptr || other->id == thread.id || other->call() < 0) continue;
      const auto its = place_of(*other, scene);
      if (!its || its->mount->device != place.mount->device || its->inside != place.inside)
        continue;
      const std::string its_channel = scene.wait_channel(other->id);
      if (its_channel == channel) continue;
      finding.holders.push_back({{pid, tid}, fmt::format("is in {} there", other->call_text())});
    }
  }
}

std::string_view name_of(capture::proc::LockWait::Kind kind) {
  using Kind = capture::proc::LockWait::Kind;
  switch (kind) {
    case Kind::mutex: return "mutex";
    case Kind::semaphore: return "semaphore";
    case Kind::reading: return "read-write semaphore, to read";
    default: return "read-write semaphore, to write";
  }
}

// The owner that the kernel itself names; false when it names none.
bool blame_owner(Finding& finding, const capture::proc::LockWait* wait) {
  if (wait == nullptr) return false;
  finding.evidence.push_back(
      {"task->blocker", fmt::format("a {}, owner {}{}", name_of(wait->kind), wait->owner_tid,
                                    wait->by_readers ? " among readers" : "")});
  if (wait->owner_tid == 0) return false;
  const bool surely = wait->kind != capture::proc::LockWait::Kind::semaphore && !wait->by_readers;
  finding.holders.push_back({{wait->owner_pid, wait->owner_tid},
                             surely             ? "holds it"
                             : wait->by_readers ? "holds it, or another reader does"
                                                : "took it last"});
  finding.certainty = surely ? Certainty::certain : Certainty::likely;
  return true;
}

bool can_be_frozen(const Mount& mount) {
  return major(mount.device) != 0 || mount.type == "btrfs" || mount.type == "overlay";
}

void explain_frozen(Finding& finding, const Place& place) {
  finding.rule = "frozen file system";
  finding.resource =
      fmt::format("{}: file system {} ({} on {}) is frozen: nobody may write", place.name,
                  place.mount->point, place.mount->type, place.mount->source);
  finding.notes.push_back("nothing records who froze it: a backup or a snapshot, as a rule");
  finding.certainty = Certainty::likely;
  finding.advice =
      fmt::format("When no snapshot is being taken: fsfreeze --unfreeze {}", place.mount->point);
}

void explain_lock(Finding& finding, const std::optional<Place>& place, const ThreadState& thread,
                  const std::string& channel, Scene& scene) {
  finding.rule = "kernel lock";
  finding.certainty = Certainty::unknown;
  finding.resource = place ? fmt::format("the kernel's lock of {} ({})", place->name, channel)
                           : fmt::format("a lock of the kernel ({})", channel);
  if (blame_owner(finding, scene.lock_wait(thread.id))) return;
  if (place) blame_those_inside(finding, *place, thread, channel, scene);
  if (finding.holders.empty()) {
    finding.notes.push_back("the kernel does not say who holds it");
  } else {
    finding.certainty = Certainty::likely;
  }
}

}  // namespace

std::optional<Finding> kernel_lock(const ThreadState& thread, Scene& scene) {
  if (thread.info.state != 'D') return {};
  const std::string channel = scene.wait_channel(thread.id);
  if (!wants_lock(channel) && scene.lock_wait(thread.id) == nullptr) return {};
  Finding finding;
  const auto place = place_of(thread, scene);
  if (place && channel.contains("percpu_") && can_be_frozen(*place->mount)) {
    explain_frozen(finding, *place);
  } else {
    explain_lock(finding, place, thread, channel, scene);
  }
  finding.evidence.push_back({"wchan", channel});
  const std::string stack = scene.kernel_stack(thread.id);
  if (!stack.empty()) finding.evidence.push_back({"kernel stack", stack});
  return finding;
}

}  // namespace syscope::diagnose
