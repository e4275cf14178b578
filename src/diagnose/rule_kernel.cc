// Waits inside the kernel: page faults, and system calls that a supervisor decides on.
//
// A thread blocked outside of a system call waits for a page: from a file, from swap, or, where
// userfaultfd(2) serves the memory, from whoever holds that descriptor. The address is not to be had
// without stopping the thread, but a mapped file of a FUSE mount is by far the likeliest that does not
// come: its daemon is named. A seccomp filter can hand a call to the holder of its notification
// descriptor, seccomp_unotify(2).
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "capture/proc/maps.h"
#include "diagnose/rule.h"
#include "diagnose/sockets.h"

namespace syscope::diagnose {
namespace {

// Everybody who has an anonymous inode of this name, the waiter's own process last.
void blame_holders(Finding& finding, resolve::FileClass file_class, std::string_view name,
                   const ThreadState& thread, Scene& scene) {
  bool self = false;
  for (const pid_t pid : scene.world().processes()) {
    const auto files = scene.world().files(pid);
    if (!files) continue;
    for (const resolve::OpenFile& file : *files) {
      if (file.file_class != file_class) continue;
      if (file_class == resolve::FileClass::anonymous &&
          file.name.find(name) == file.name.npos) {
        continue;
      }
      if (pid == thread.id.pid) {
        self = true;
        continue;
      }
      finding.holders.push_back(
          {{pid, 0}, fmt::format("has a {} descriptor (fd {})", name, file.number), file.number});
    }
  }
  if (finding.holders.empty() && self) {
    finding.holders.push_back({{thread.id.pid, 0}, fmt::format("has the {} descriptor itself", name)});
  }
  if (finding.holders.size() > 1) finding.certainty = Certainty::likely;
  if (finding.holders.empty()) {
    finding.certainty = scene.world().partial() ? Certainty::not_permitted : Certainty::unknown;
  }
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

// While a thread has the memory map locked, reading /proc/PID/maps would wait for it as well.
bool maps_may_hang(pid_t pid, Scene& scene) {
  return std::ranges::any_of(scene.threads(pid), [&](pid_t tid) {
    const ThreadState* other = scene.thread({pid, tid});
    return other != nullptr && other->info.state == 'D' && other->call() >= 0;
  });
}

// The first mapped file of a FUSE mount; false when there is none.
bool blame_fuse(Finding& finding, const ThreadState& thread, Scene& scene) {
  if (maps_may_hang(thread.id.pid, scene)) return false;
  const auto files = capture::proc::read_mapped_files(scene.root(), thread.id.pid);
  if (!files) return false;
  const auto& mounts = scene.world().mounts(thread.id.pid);
  for (const capture::proc::Mapping& file : *files) {
    const auto mount = std::ranges::find(mounts, file.device, &capture::proc::Mount::device);
    if (mount == mounts.end() || !mount->type.starts_with("fuse")) continue;
    Finding of_file = wait_on_mount(
        &*mount, fmt::format("a page of its memory, of the mapped file {}", file.path), thread, scene);
    of_file.rule = finding.rule;
    of_file.certainty = std::max(of_file.certainty, Certainty::likely);
    of_file.evidence.insert(of_file.evidence.begin(), finding.evidence.begin(),
                            finding.evidence.end());
    finding = std::move(of_file);
    return true;
  }
  return false;
}

}  // namespace

std::optional<Finding> page_fault(const ThreadState& thread, Scene& scene) {
  using State = capture::proc::InFlightCall::State;
  if (!thread.call_readable || thread.in_flight.state == State::running) return {};
  const std::string channel = scene.wait_channel(thread.id);
  const bool is_served = channel.contains("userfault");
  // The kernel itself may touch the page, for a system call.
  if (thread.in_flight.state != State::outside && !is_served) return {};
  // The page is there, or will be soon, but the memory map is locked: another rule's.
  if (thread.info.state == 'D' && scene.lock_wait(thread.id) != nullptr) return {};
  Finding finding;
  finding.rule = "page fault";
  finding.evidence.push_back({"wchan", channel});
  finding.evidence.push_back({"instruction", fmt::format("0x{:x}",
                                                         thread.in_flight.instruction_pointer)});
  if (is_served) {
    finding.resource = "a page of its memory that a userfaultfd serves";
    blame_holders(finding, resolve::FileClass::userfaultfd, "userfaultfd", thread, scene);
    return finding;
  }
  if (blame_fuse(finding, thread, scene)) return finding;
  finding.resource = "a page of its memory: from a file or from swap";
  finding.certainty = Certainty::likely;
  return finding;
}

std::optional<Finding> seccomp_notify(const ThreadState& thread, Scene& scene) {
  if (thread.call() < 0) return {};
  const std::string channel = scene.wait_channel(thread.id);
  if (!contains(channel, "seccomp")) return {};
  Finding finding;
  finding.rule = "seccomp";
  finding.resource = "the answer of a supervisor to which a seccomp filter hands this system call";
  finding.evidence.push_back({"wchan", channel});
  blame_holders(finding, resolve::FileClass::anonymous, "seccomp notify", thread, scene);
  return finding;
}

}  // namespace syscope::diagnose
