#include "app/why_watch.h"

#include <sys/syscall.h>
#include <time.h>

#include <charconv>
#include <set>

#include "app/interrupts.h"
#include "capture/bpf/engine.h"
#include "capture/proc/root.h"

namespace syscope::app {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t captured_bytes = 1024;  // of each buffer
constexpr milliseconds a_moment{100};

// The calls that move bytes over connections, and those in which threads block.
constexpr std::uint32_t watched_calls[] = {SYS_read,
                                           SYS_write,
                                           SYS_readv,
                                           SYS_writev,
                                           SYS_pread64,
                                           SYS_pwrite64,
                                           SYS_preadv,
                                           SYS_pwritev,
                                           SYS_preadv2,
                                           SYS_pwritev2,
                                           SYS_sendto,
                                           SYS_recvfrom,
                                           SYS_sendmsg,
                                           SYS_recvmsg,
                                           SYS_sendmmsg,
                                           SYS_recvmmsg,
                                           SYS_sendfile,
                                           SYS_splice,
                                           SYS_connect,
                                           SYS_accept,
                                           SYS_accept4,
                                           SYS_poll,
                                           SYS_ppoll,
                                           SYS_select,
                                           SYS_pselect6,
                                           SYS_epoll_wait,
                                           SYS_epoll_pwait,
                                           SYS_epoll_pwait2,
                                           SYS_futex,
                                           SYS_nanosleep,
                                           SYS_wait4,
                                           SYS_waitid,
                                           SYS_clock_nanosleep,
                                           SYS_pause,
                                           SYS_rt_sigsuspend,
                                           SYS_rt_sigtimedwait,
                                           SYS_flock,
                                           SYS_fcntl,
                                           SYS_fsync,
                                           SYS_fdatasync,
                                           SYS_sync,
                                           SYS_open,
                                           SYS_openat,
                                           SYS_stat,
                                           SYS_newfstatat,
                                           SYS_statx,
                                           SYS_getdents64,
                                           SYS_unlink,
                                           SYS_unlinkat,
                                           SYS_rename,
                                           SYS_msgrcv,
                                           SYS_msgsnd,
                                           SYS_semop,
                                           SYS_semtimedop,
                                           SYS_mq_timedreceive,
                                           SYS_mq_timedsend,
                                           SYS_io_uring_enter,
                                           SYS_io_getevents,
                                           SYS_ioctl,
                                           SYS_vfork};

std::uint64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

class ToWatch final : public capture::RecordSink {
 public:
  explicit ToWatch(diagnose::Watch& watch) : watch_(watch) {}
  void accept(Bytes record) override { watch_.take(record); }

 private:
  diagnose::Watch& watch_;
};

std::vector<pid_t> with_descendants(const std::vector<pid_t>& pids, resolve::World& world) {
  std::set<pid_t> all(pids.begin(), pids.end());
  for (bool grew = true; grew;) {
    grew = false;
    for (const pid_t pid : world.processes()) {
      const auto process = world.process(pid);
      if (process && all.contains((*process)->info.parent)) grew |= all.insert(pid).second;
    }
  }
  return {all.begin(), all.end()};
}

}  // namespace

Result<milliseconds> parse_duration(std::string_view text) {
  double value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end.ptr - text.data()));
  const double factor = unit == "ms"                  ? 1
                        : unit.empty() || unit == "s" ? 1000
                        : unit == "m"                 ? 60'000
                                                      : 0;
  constexpr double a_day = 86'400'000;
  const double total = value * factor;
  if (end.ec != std::errc() || !(total >= 1) || total > a_day) {
    return fail(Cause::usage, "not a time to watch", std::string(text),
                "give it as 10s, 500ms or 2m");
  }
  return milliseconds(static_cast<std::int64_t>(total));
}

Result<diagnose::WatchReport> watch_processes(const std::vector<pid_t>& pids, milliseconds time,
                                              const std::function<void()>& begun) {
  auto root = capture::proc::Root::open();
  if (!root) return std::unexpected(root.error());
  resolve::World before(std::move(*root));
  capture::Request request;
  request.attach = with_descendants(pids, before);
  request.follow_forks = true;
  request.calls = capture::WantedCalls::none();
  for (const std::uint32_t call : watched_calls) request.calls.add(Abi::x86_64, call);
  request.signals = false;
  request.string_limit = captured_bytes;
  request.files = true;
  request.wakers = true;

  diagnose::Watch watch(before, request.attach, now());
  ToWatch sink(watch);
  auto engine = capture::bpf::make_engine(request);
  if (!engine) return std::unexpected(engine.error());
  catch_interrupts(Interruptible::waiting, false);
  begun();
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (pending_interrupt() == 0) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    const auto progress = (*engine)->pump(sink, std::min(left, a_moment));
    if (!progress) return std::unexpected(progress.error());
    if (*progress == capture::Progress::ended) break;
  }
  const std::uint64_t end = now();
  (*engine)->detach();
  while (true) {
    const auto progress = (*engine)->pump(sink, a_moment);
    if (!progress || *progress == capture::Progress::ended) break;
  }
  auto fresh = capture::proc::Root::open();
  if (!fresh) return std::unexpected(fresh.error());
  resolve::World after(std::move(*fresh));
  return watch.report(after, end);
}

}  // namespace syscope::app
