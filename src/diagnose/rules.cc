#include <fmt/format.h>

#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

// Stops come before what the thread was about when it was stopped; calls that tell exactly come before
// those that are guessed by elimination.
constexpr Rule* rules[] = {
    zombie,         stopped,   frozen,   on_cpu,     memory_limit, page_fault, seccomp_notify, futex,
    many_descriptors, sleeping, for_signal, file_lock, children, connecting,     opening,
    mounting,       system_v,  message_queue, ring, kernel_aio, kernel_lock, descriptor_io,  disk,
};

Finding unknown(const ThreadState& thread, Scene& scene) {
  Finding finding;
  finding.rule = "unknown";
  const std::string channel = scene.wait_channel(thread.id);
  if (!channel.empty()) finding.evidence.push_back({"wchan", channel});
  if (thread.info.is_kernel_thread()) {
    finding.resource = "work: it is a thread of the kernel";
    finding.standing = Standing::idle;
    return finding;
  }
  if (!thread.call_readable) {
    finding.resource = "unknown: another user's process; run as root, or grant CAP_SYS_PTRACE";
    finding.certainty = Certainty::not_permitted;
    return finding;
  }
  const std::string call = thread.call_text();
  finding.resource = fmt::format("something in {}", call.empty() ? "the kernel" : call);
  if (!channel.empty()) finding.resource += fmt::format(" ({})", channel);
  finding.certainty = Certainty::unknown;
  const std::string stack = scene.kernel_stack(thread.id);
  if (!stack.empty()) finding.evidence.push_back({"kernel stack", stack});
  return finding;
}

}  // namespace

Finding examine(const ThreadState& thread, Scene& scene) {
  if (!thread.info.is_kernel_thread()) {
    for (Rule* rule : rules) {
      if (auto finding = rule(thread, scene)) return std::move(*finding);
    }
  }
  return unknown(thread, scene);
}

}  // namespace syscope::diagnose
