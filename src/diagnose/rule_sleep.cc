// Sleeps: the thread waits for nobody but the clock.
//
// The requested time lies in the waiter's memory: an interval, or an instant when TIMER_ABSTIME is set.
// What is left follows from how long the thread has been off the CPU. clock_nanosleep(2).
#include <fmt/format.h>
#include <sys/syscall.h>
#include <time.h>

#include <algorithm>

#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

double seconds_of(const timespec& time) { return time.tv_sec + 1e-9 * time.tv_nsec; }

std::string left_text(const timespec& request, bool absolute, clockid_t clock, ThreadId id,
                      Scene& scene) {
  if (absolute) {
    timespec now{};
    if (::clock_gettime(clock, &now) != 0) return "an instant of an unusual clock";
    return fmt::format("an instant, still {:.1f} s away",
                       std::max(0.0, seconds_of(request) - seconds_of(now)));
  }
  const double wanted = seconds_of(request);
  const auto passed = scene.seconds(id);
  std::string text = fmt::format("{:.6g} s to pass", wanted);
  if (passed) text += fmt::format(", still {:.1f} s", std::max(0.0, wanted - *passed));
  return text;
}

}  // namespace

std::optional<Finding> sleeping(const ThreadState& thread, Scene& scene) {
  Finding finding;
  finding.rule = "sleep";
  finding.standing = Standing::idle;
  if (thread.is_in(SYS_restart_syscall)) {
    finding.resource = "a sleep or a wait that a signal interrupted goes on: the time to pass";
    finding.certainty = Certainty::likely;
    return finding;
  }
  const bool clocked = thread.is_in(SYS_clock_nanosleep);
  if (!clocked && !thread.is_in(SYS_nanosleep)) return {};
  const auto request =
      scene.read_object<timespec>(thread.id.pid, thread.argument(clocked ? 2 : 0));
  if (!request) {
    finding.resource = "time to pass; how long cannot be read";
    finding.certainty = Certainty::not_permitted;
    return finding;
  }
  const bool absolute = clocked && (thread.argument(1) & TIMER_ABSTIME) != 0;
  const auto clock = clocked ? static_cast<clockid_t>(thread.argument(0)) : CLOCK_REALTIME;
  finding.resource = left_text(*request, absolute, clock, thread.id, scene);
  finding.evidence.push_back({"struct timespec", fmt::format("{}.{:09}", request->tv_sec,
                                                             request->tv_nsec)});
  return finding;
}

}  // namespace syscope::diagnose
