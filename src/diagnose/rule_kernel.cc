// Waits inside the kernel: page faults, its own locks, and system calls that a supervisor decides on.
//
// A thread blocked outside of a system call waits for a page: from a file, from swap, or, where
// userfaultfd(2) serves the memory, from whoever holds that descriptor. A seccomp filter can hand a
// call to the holder of its notification descriptor, seccomp_unotify(2). The kernel's own mutexes and
// semaphores show in the name of the function that sleeps; who has them is the kernel's secret.
#include <fmt/format.h>

#include <array>
#include <string_view>

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

}  // namespace

std::optional<Finding> page_fault(const ThreadState& thread, Scene& scene) {
  if (!thread.call_readable || thread.in_flight.state != capture::proc::InFlightCall::State::outside) {
    return {};
  }
  Finding finding;
  finding.rule = "page fault";
  const std::string channel = scene.wait_channel(thread.id);
  finding.evidence.push_back({"wchan", channel});
  finding.evidence.push_back({"instruction", fmt::format("0x{:x}",
                                                         thread.in_flight.instruction_pointer)});
  if (contains(channel, "userfault")) {
    finding.resource = "a page of its memory that a userfaultfd serves";
    blame_holders(finding, resolve::FileClass::userfaultfd, "userfaultfd", thread, scene);
    return finding;
  }
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

std::optional<Finding> kernel_lock(const ThreadState& thread, Scene& scene) {
  if (thread.info.state != 'D') return {};
  const std::string channel = scene.wait_channel(thread.id);
  constexpr std::array<std::string_view, 6> locks{"rwsem_down", "mutex_lock", "__down",
                                                  "rwsem_",     "percpu_rwsem", "rt_mutex_slow"};
  for (const std::string_view lock : locks) {
    if (!contains(channel, lock)) continue;
    Finding finding;
    finding.rule = "kernel lock";
    finding.resource = fmt::format("a lock of the kernel ({})", channel);
    finding.evidence.push_back({"wchan", channel});
    finding.certainty = Certainty::unknown;
    const std::string stack = scene.kernel_stack(thread.id);
    if (!stack.empty()) finding.evidence.push_back({"kernel stack", stack});
    finding.notes.push_back("the kernel does not say who holds it");
    return finding;
  }
  return {};
}

}  // namespace syscope::diagnose
