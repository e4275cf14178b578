// Waiting for the next stop or end of any tracee, for a bounded time.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>

#include <chrono>
#include <vector>

#include "base/result.h"

namespace syscope::capture::ptrace {

struct Stop {
  pid_t tid = 0;
  int status = 0;
  std::uint64_t cpu_time = 0;  // ns that the thread's process has run, in user and kernel mode, if asked for
};

// wait4(2) with a limit of time. The limit is a timer that interrupts the wait and that goes on
// ticking from wait to wait, so that it costs no system call per stop.
class Stops {
 public:
  // `cpu_times`: sets Stop::cpu_time, for which the kernel adds up all threads at every stop.
  [[nodiscard]] static Result<Stops> make(bool cpu_times);
  Stops(Stops&& other) noexcept;
  Stops& operator=(Stops&&) = delete;
  ~Stops();

  enum class Outcome {
    stopped,      // `stop` is set
    interrupted,  // the time is over, or a signal handler ran
    alone,        // there is no tracee and no child
  };

  // The next stop. `many`: there are several tracees; then everything that is ready is fetched at
  // once, because wait4(2) favours the older of several ready threads and would starve the others.
  [[nodiscard]] Outcome next(Stop& stop, std::chrono::milliseconds wait, bool many);

  // Ends the ticking, until the next wait: nobody else's system calls are to be interrupted.
  void rest() { tick_every(std::chrono::milliseconds(0)); }

 private:
  Stops(timer_t timer, bool cpu_times)
      : timer_(timer), has_timer_(true), cpu_times_(cpu_times) {}
  [[nodiscard]] pid_t wait_for_any(Stop& stop, int flags) const;
  void tick_every(std::chrono::milliseconds period);

  timer_t timer_;
  bool has_timer_;
  bool cpu_times_;
  std::chrono::milliseconds period_{0};
  std::vector<Stop> ready_;  // fetched and not yet returned, latest first
};

}  // namespace syscope::capture::ptrace
