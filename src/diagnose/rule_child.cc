// Waiting for children: wait4(2), waitid(2), and the parent of a vfork(2), which the kernel holds in an
// uninterruptible sleep until the child calls execve(2) or ends.
#include <fmt/format.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

constexpr std::size_t most = 16;

void add_child(Finding& finding, pid_t pid, std::string_view role) {
  finding.holders.push_back({{pid, 0}, std::string(role)});
}

Finding of_all_children(const ThreadState& thread, pid_t group, Scene& scene) {
  Finding finding;
  finding.rule = "child";
  const auto children = scene.children(thread.id.pid);
  finding.resource = fmt::format("the end of any child{}, of {}",
                                 group != 0 ? fmt::format(" of process group {}", group) : "",
                                 children.size());
  for (const pid_t child : children) {
    const ThreadState* state = scene.thread({child, child});
    if (state == nullptr || (group != 0 && state->info.group != group)) continue;
    if (finding.holders.size() < most) add_child(finding, child, "is a child");
  }
  return finding;
}

Finding of_one_child(pid_t child) {
  Finding finding;
  finding.rule = "child";
  finding.resource = fmt::format("the end of child {}", child);
  add_child(finding, child, "has not ended");
  return finding;
}

std::optional<pid_t> in_our_namespace(const ThreadState& thread, std::uint64_t pid, Scene& scene) {
  for (const pid_t child : scene.children(thread.id.pid)) {
    const std::string seen = scene.status_field({child, child}, "NSpid");
    const std::size_t last = seen.find_last_of(" \t");
    if (seen.substr(last == seen.npos ? 0 : last + 1) == std::to_string(pid)) return child;
  }
  return static_cast<pid_t>(pid);
}

Finding of_wait4(const ThreadState& thread, Scene& scene) {
  const auto wanted = static_cast<pid_t>(thread.argument(0));
  if (wanted > 0) return of_one_child(*in_our_namespace(thread, thread.argument(0), scene));
  const pid_t group = wanted == -1 ? 0 : wanted == 0 ? thread.info.group : -wanted;
  return of_all_children(thread, group, scene);
}

Finding of_waitid(const ThreadState& thread, Scene& scene) {
  const auto id = static_cast<pid_t>(thread.argument(1));
  switch (thread.argument(0)) {
    case P_PID: return of_one_child(*in_our_namespace(thread, thread.argument(1), scene));
    case P_PGID: return of_all_children(thread, id == 0 ? thread.info.group : id, scene);
    case P_PIDFD: {
      const auto info = scene.descriptor_info(thread.id.pid, id);
      const auto pid = info ? info->number("Pid") : std::nullopt;
      if (pid && *pid > 0 && *pid < 0x7fffffff) return of_one_child(static_cast<pid_t>(*pid));
      break;
    }
    default: break;
  }
  return of_all_children(thread, 0, scene);
}

// Of all children the one that runs the same program in the same memory: it has not exec'ed.
Finding of_vfork(const ThreadState& thread, Scene& scene) {
  Finding finding;
  finding.rule = "vfork";
  finding.resource = "the vfork child, until it calls execve or ends";
  const auto children = scene.children(thread.id.pid);
  const std::string mapped = scene.status_field(thread.id, "VmSize");
  for (const pid_t child : children) {
    if (children.size() > 1 && scene.status_field({child, child}, "VmSize") != mapped) continue;
    add_child(finding, child, "still uses this process's memory");
  }
  if (finding.holders.empty()) finding.certainty = Certainty::unknown;
  return finding;
}

bool is_vfork(const ThreadState& thread, Scene& scene) {
#ifdef __x86_64__
  if (thread.is_in(SYS_vfork)) return true;
#endif
  if (thread.info.state != 'D') return false;
  if (thread.is_in(SYS_clone)) return (thread.argument(0) & CLONE_VFORK) != 0;
  if (!thread.is_in(SYS_clone3)) return false;
  const auto flags = scene.read_object<std::uint64_t>(thread.id.pid, thread.argument(0));
  return flags && (*flags & CLONE_VFORK) != 0;
}

}  // namespace

std::optional<Finding> children(const ThreadState& thread, Scene& scene) {
  if (thread.is_in(SYS_wait4)) return of_wait4(thread, scene);
  if (thread.is_in(SYS_waitid)) return of_waitid(thread, scene);
  if (is_vfork(thread, scene)) return of_vfork(thread, scene);
  return {};
}

}  // namespace syscope::diagnose
