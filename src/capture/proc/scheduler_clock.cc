#include "capture/proc/scheduler_clock.h"

#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace syscope::capture::proc {
namespace {

std::int64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

// "se.exec_start : 852955.079123" in milliseconds with six decimals, as nanoseconds.
std::optional<std::int64_t> parse_exec_start(std::string_view text) {
  std::size_t at = text.find("se.exec_start");
  if (at == text.npos) return std::nullopt;
  at = text.find(':', at);
  if (at == text.npos) return std::nullopt;
  text.remove_prefix(std::min(text.find_first_not_of(" \t", at + 1), text.size()));
  std::int64_t milliseconds = 0;
  const auto whole = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  if (whole.ec != std::errc()) return std::nullopt;
  std::int64_t fraction = 0;
  if (whole.ptr != text.data() + text.size() && *whole.ptr == '.')
    std::from_chars(whole.ptr + 1, text.data() + text.size(), fraction);
  return milliseconds * 1'000'000 + fraction;
}

Result<std::int64_t> read_exec_start(const Root& root, const char* path, const std::string& on) {
  std::string text;
  const int error = read_record(root.fd(), path, text);
  if (error != 0) return fail_errno(error, "cannot read when the thread last ran", on);
  const auto start = parse_exec_start(text);
  if (!start)
    return fail(Cause::unsupported, "this kernel does not say when a thread last ran", on);
  return *start;
}

// CLOCK_MONOTONIC minus the scheduler's clock, where this thread runs now.
std::optional<std::int64_t> compare_here(const Root& root) {
  // The start of the current slice is refreshed only when the scheduler looks: a nap makes it look.
  const timespec nap{0, 50'000};
  ::nanosleep(&nap, nullptr);
  const auto start = read_exec_start(root, "thread-self/sched", "self");
  return start ? std::optional(monotonic_ns() - *start) : std::nullopt;
}

std::optional<std::int64_t> compare_on(int processor, const Root& root) {
  cpu_set_t before, only;
  CPU_ZERO(&only);
  if (processor < 0 || processor >= CPU_SETSIZE) return std::nullopt;
  CPU_SET(processor, &only);
  if (::sched_getaffinity(0, sizeof before, &before) != 0 ||
      ::sched_setaffinity(0, sizeof only, &only) != 0)
    return std::nullopt;
  const auto ahead = compare_here(root);
  ::sched_setaffinity(0, sizeof before, &before);
  return ahead;
}

// Field `number` of a stat file from the third on, as a number; -1 if there is none.
long long number_in_stat(std::string_view text, int number) {
  std::size_t at = text.rfind(')');  // the name may hold blanks
  for (int field = 2; field < number && at != text.npos; ++field) at = text.find(' ', at + 1);
  long long value = -1;
  if (at != text.npos) std::from_chars(text.data() + at + 1, text.data() + text.size(), value);
  return value;
}

struct Whereabouts {
  int processor = -1;
  std::int64_t alive_ns = 0;
};

std::optional<Whereabouts> find_thread(const Root& root, pid_t pid, pid_t tid) {
  std::string text;
  if (read_record(root.fd(), RelativePath(pid, "task", tid, "stat").text(), text) != 0)
    return std::nullopt;
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const std::int64_t since_boot = now.tv_sec * 1'000'000'000LL + now.tv_nsec;
  const std::int64_t tick = 1'000'000'000LL / ::sysconf(_SC_CLK_TCK);
  return Whereabouts{static_cast<int>(number_in_stat(text, 39)),
                     since_boot - number_in_stat(text, 22) * tick};
}

}  // namespace

int last_processor(const Root& root, pid_t pid, pid_t tid) {
  const auto found = find_thread(root, pid, tid);
  return found ? found->processor : -1;
}

Result<std::uint64_t> SchedulerClock::off_cpu_age(pid_t pid, pid_t tid) {
  const std::string on = std::to_string(tid);
  const auto found = find_thread(root_, pid, tid);
  if (!found) return fail(Cause::not_found, "no such thread", on);
  const auto start = read_exec_start(root_, RelativePath(pid, "task", tid, "sched").text(), on);
  if (!start) return std::unexpected(start.error());
  // A sleeper that the balancer moves to another CPU loses the instant: migrate_task_rq_fair().
  if (*start == 0) return fail(Cause::unsupported, "the kernel does not know any more when it ran");
  const auto [ahead, is_new] = ahead_ns_.try_emplace(found->processor);
  if (is_new) ahead->second = compare_on(found->processor, root_);
  if (!ahead->second) return fail(Cause::unsupported, "the clock of its CPU cannot be read", on);
  const std::int64_t age = monotonic_ns() - *ahead->second - *start;
  return static_cast<std::uint64_t>(
      std::clamp<std::int64_t>(age, 0, std::max<std::int64_t>(0, found->alive_ns)));
}

}  // namespace syscope::capture::proc
