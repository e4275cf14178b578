// Keeping the tracer on the CPU of the thread that it traces.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <cstdint>

#include "capture/proc/root.h"

namespace syscope::capture::ptrace {

// At each stop tracer and tracee hand over to each other. Where the other one sleeps on another,
// idle CPU, waking that CPU can cost ten times what the stop itself costs, above all in virtual
// machines. On one CPU the hand-over is a mere switch. But the scheduler prefers to wake a thread
// on an idle CPU, so the tracer has to bind itself to the tracee's CPU, and to take the policy
// SCHED_IDLE where it may: then the scheduler regards that CPU as idle while the tracer runs on it.
//
// Whether this pays depends on the machine and on its load. Hence it is tried for a while now and
// then, measured, and kept only as long as it is faster. It is not tried while the stops come from
// several threads. While it is kept, the tracer goes after a tracee that the scheduler has moved.
// The tracee's own affinity and policy are never touched; the calling thread's are restored by
// release(). sched_setaffinity(2), sched(7).
class Neighbour {
 public:
  // `proc` outlives the object.
  explicit Neighbour(const proc::Root& proc);
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;
  ~Neighbour() { release(); }

  // To be called at every stop, with the thread that has stopped.
  void on_stop(pid_t tid) {
    mixed_ |= tid != tid_;
    tid_ = tid;
    if (++stops_ >= window_stops || place_ == Place::beside || on_trial_) look();
  }

  // Goes back to where the tracer was allowed to run before.
  void release();

 private:
  static constexpr std::uint32_t window_stops = 256;

  enum class Place { anywhere, beside };
  void look();
  void judge(std::uint64_t ns_per_stop);
  void judge_trial();
  void start_window(std::uint64_t now);
  [[nodiscard]] bool move_beside(pid_t tid);

  const proc::Root& proc_;
  cpu_set_t allowed_;
  int policy_ = SCHED_OTHER;
  bool may_yield_ = false;  // may take SCHED_IDLE, and leave it again
  bool usable_ = false;     // there is more than one CPU to choose from

  Place place_ = Place::anywhere;
  int cpu_ = -1;
  bool on_trial_ = false;
  std::uint64_t known_[2] = {0, 0};  // ns per stop in each place, latest measurement; 0: unknown
  std::uint32_t windows_left_ = 1;   // before the other place is tried
  std::uint32_t patience_ = 4;       // windows between trials, doubled while they change nothing

  pid_t tid_ = 0;
  bool mixed_ = false;
  std::uint32_t stops_ = 0;
  std::uint64_t window_start_ = 0;
};

}  // namespace syscope::capture::ptrace
