#include "capture/ptrace/stops.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace syscope::capture::ptrace {
namespace {

// How many stops are fetched before the first of them is dealt with.
constexpr std::size_t most_ready = 64;

int tick_signal() { return SIGRTMAX; }

// The tick only has to interrupt a system call.
void ignore_tick(int) {}

std::uint64_t nanoseconds(const timeval& time) {
  return (static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
          static_cast<std::uint64_t>(time.tv_usec)) *
         1000;
}

}  // namespace

Result<Stops> Stops::make(bool cpu_times) {
  struct sigaction action = {};
  action.sa_handler = ignore_tick;  // and no SA_RESTART
  ::sigaction(tick_signal(), &action, nullptr);
  sigset_t ticks;
  sigemptyset(&ticks);
  sigaddset(&ticks, tick_signal());
  ::pthread_sigmask(SIG_UNBLOCK, &ticks, nullptr);

  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = tick_signal();
  event._sigev_un._tid = ::gettid();
  timer_t timer;
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer) < 0) {
    return fail_errno(errno, "cannot make a timer");
  }
  return Stops(timer, cpu_times);
}

Stops::Stops(Stops&& other) noexcept
    : timer_(other.timer_),
      has_timer_(std::exchange(other.has_timer_, false)),
      cpu_times_(other.cpu_times_),
      period_(other.period_),
      ready_(std::move(other.ready_)) {}

Stops::~Stops() {
  if (has_timer_) ::timer_delete(timer_);
}

void Stops::tick_every(std::chrono::milliseconds period) {
  if (period == period_) return;
  period_ = period;
  itimerspec setting = {};
  setting.it_interval.tv_sec = period.count() / 1000;
  setting.it_interval.tv_nsec = period.count() % 1000 * 1'000'000;
  setting.it_value = setting.it_interval;
  ::timer_settime(timer_, 0, &setting, nullptr);
}

// Returns what wait4(2) returns.
pid_t Stops::wait_for_any(Stop& stop, int flags) const {
  if (!cpu_times_) return stop.tid = ::wait4(-1, &stop.status, __WALL | flags, nullptr);
  rusage usage;
  stop.tid = ::wait4(-1, &stop.status, __WALL | flags, &usage);
  if (stop.tid > 0) stop.cpu_time = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
  return stop.tid;
}

Stops::Outcome Stops::next(Stop& stop, std::chrono::milliseconds wait, bool many) {
  if (!ready_.empty()) {
    stop = ready_.back();
    ready_.pop_back();
    return Outcome::stopped;
  }
  const bool waits = wait.count() > 0;
  if (waits) tick_every(wait);
  const pid_t tid = wait_for_any(stop, waits ? 0 : WNOHANG);
  if (tid <= 0) return tid < 0 && errno == ECHILD ? Outcome::alone : Outcome::interrupted;
  if (many) {
    Stop more;
    while (ready_.size() < most_ready && wait_for_any(more, WNOHANG) > 0) ready_.push_back(more);
    std::reverse(ready_.begin(), ready_.end());
  }
  return Outcome::stopped;
}

}  // namespace syscope::capture::ptrace
