// Waiting for a signal: pause(2), sigsuspend(2), sigwait(3). Whoever sends it ends the wait; nobody is
// known to owe it.
//
// sigsuspend's argument is the mask of what stays blocked, sigtimedwait's the set that is waited for.
#include <fmt/format.h>
#include <sys/syscall.h>

#include <charconv>

#include "diagnose/rule.h"
#include "diagnose/signals.h"

namespace syscope::diagnose {
namespace {

std::uint64_t status_set(const ThreadState& thread, std::string_view name, Scene& scene) {
  const std::string text = scene.status_field(thread.id, name);
  std::uint64_t set = 0;
  std::from_chars(text.data(), text.data() + text.size(), set, 16);
  return set;
}

}  // namespace

std::optional<Finding> for_signal(const ThreadState& thread, Scene& scene) {
  Finding finding;
  finding.rule = "signal";
  finding.standing = Standing::idle;
  bool pauses = false;
#ifdef __x86_64__
  pauses = thread.is_in(SYS_pause);
#endif
  if (pauses) {
    const std::uint64_t caught = status_set(thread, "SigCgt", scene);
    finding.resource = "a signal";
    if (caught != 0) finding.resource += "; it handles " + signal_set_text(caught);
    return finding;
  }
  if (!thread.is_in(SYS_rt_sigsuspend) && !thread.is_in(SYS_rt_sigtimedwait)) return {};
  auto set = scene.read_object<std::uint64_t>(thread.id.pid, thread.argument(0));
  if (!set) {
    finding.resource = "a signal; which cannot be read";
    finding.certainty = Certainty::not_permitted;
    return finding;
  }
  finding.evidence.push_back({"sigset_t", fmt::format("0x{:016x}", *set)});
  if (thread.is_in(SYS_rt_sigsuspend)) set = ~*set;
  finding.resource = "a signal: " + signal_set_text(*set);
  return finding;
}

}  // namespace syscope::diagnose
