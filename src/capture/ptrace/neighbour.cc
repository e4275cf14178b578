#include "capture/ptrace/neighbour.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "capture/proc/scheduler_clock.h"
#include "capture/ptrace/outlet.h"

namespace syscope::capture::ptrace {
namespace {

// A window ends when it has lasted this long, however few stops there were, except for the place
// that costs no freedom: on a busy machine a bound tracer may starve, and must notice.
constexpr std::uint64_t longest_window_ns = 20'000'000;
// Slower stops than this do not come from hand-overs: the tracee computes or sleeps.
constexpr std::uint64_t slow_stop_ns = 1'000'000;
constexpr std::uint32_t most_patience = 1024;
// How often a bound tracer looks where the tracee runs now: the scheduler may have moved it.
constexpr std::uint32_t follow_stops = 64;

// The kernel lets a thread leave SCHED_IDLE only if it may take its nice value afresh. sched(7).
bool may_leave_idle_policy() {
  rlimit limit;
  if (::geteuid() == 0) return true;
  return ::getrlimit(RLIMIT_NICE, &limit) == 0 && limit.rlim_cur >= 20;
}

}  // namespace

Neighbour::Neighbour(const proc::Root& proc) : proc_(proc), policy_(::sched_getscheduler(0)) {
  CPU_ZERO(&allowed_);
  usable_ = ::sched_getaffinity(0, sizeof allowed_, &allowed_) == 0 && CPU_COUNT(&allowed_) > 1;
  may_yield_ = policy_ == SCHED_OTHER && may_leave_idle_policy();
}

void Neighbour::release() {
  if (std::exchange(place_, Place::anywhere) == Place::anywhere) return;
  const sched_param none = {};
  if (may_yield_) ::sched_setscheduler(0, policy_, &none);
  ::sched_setaffinity(0, sizeof allowed_, &allowed_);
}

bool Neighbour::move_beside(pid_t tid) {
  const int cpu = proc::last_processor(proc_, tid, tid);
  if (cpu < 0 || cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &allowed_)) return false;
  if (place_ == Place::beside && cpu == cpu_) return true;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  if (::sched_setaffinity(0, sizeof one, &one) != 0) return false;
  cpu_ = cpu;
  const sched_param none = {};
  if (may_yield_ && place_ == Place::anywhere) {
    ::sched_setscheduler(0, SCHED_IDLE | SCHED_RESET_ON_FORK, &none);
  }
  place_ = Place::beside;
  return true;
}

void Neighbour::start_window(std::uint64_t now) {
  stops_ = 0;
  mixed_ = false;
  window_start_ = now;
}

void Neighbour::look() {
  if (!usable_) {
    stops_ = 0;
    return;
  }
  const std::uint64_t now = monotonic_time();
  const std::uint64_t elapsed = now - window_start_;
  if (stops_ < window_stops && elapsed < longest_window_ns) {
    if (place_ == Place::beside && stops_ % follow_stops == 0) (void)move_beside(tid_);
    return;
  }
  const std::uint64_t ns_per_stop = elapsed / stops_;
  if (mixed_ || window_start_ == 0 || ns_per_stop > slow_stop_ns) {
    if (place_ == Place::beside) {
      patience_ = std::min(patience_ * 2, most_patience);
      windows_left_ = patience_;
    }
    release();
    on_trial_ = false;
  } else {
    judge(ns_per_stop);
  }
  start_window(monotonic_time());
}

void Neighbour::judge(std::uint64_t ns_per_stop) {
  std::uint64_t& known = known_[static_cast<std::size_t>(place_)];
  // A place that is stayed in is judged by its mean: one slow window says nothing.
  known = on_trial_ || known == 0 ? ns_per_stop : (3 * known + ns_per_stop) / 4;
  if (on_trial_) return judge_trial();
  const bool is_slower =
      place_ == Place::beside && known > known_[static_cast<std::size_t>(Place::anywhere)];
  if (--windows_left_ > 0 && !is_slower) return;
  windows_left_ = patience_;
  on_trial_ = true;
  if (place_ == Place::beside) {
    release();
  } else {
    on_trial_ = move_beside(tid_);
  }
}

// Both places have been measured, one right after the other.
void Neighbour::judge_trial() {
  on_trial_ = false;
  // Being bound has to be clearly better, since it takes freedom from the scheduler.
  const std::uint64_t anywhere = known_[static_cast<std::size_t>(Place::anywhere)];
  const std::uint64_t beside = known_[static_cast<std::size_t>(Place::beside)];
  const Place best = beside * 10 < anywhere * 9 ? Place::beside : Place::anywhere;
  patience_ = best == place_ ? 4 : std::min(patience_ * 2, most_patience);
  windows_left_ = patience_;
  if (best == Place::anywhere || !move_beside(tid_)) release();
}

}  // namespace syscope::capture::ptrace
