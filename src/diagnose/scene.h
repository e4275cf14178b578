// What a diagnosis may look at: the world of processes, descriptors and sockets, and besides it threads,
// locks and memory. All of it is read when first asked for and kept, so that one answer rests on one
// picture.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/proc/descriptors.h"
#include "capture/proc/lock_waits.h"
#include "capture/proc/locks.h"
#include "capture/proc/root.h"
#include "capture/proc/scheduler_clock.h"
#include "capture/proc/sock_diag.h"
#include "capture/proc/thread.h"
#include "diagnose/thread_state.h"
#include "resolve/world.h"

namespace syscope::diagnose {

class Scene {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // Nothing is read yet. `world` outlives the scene.
  Scene(resolve::World& world, Deadline deadline);

  // Who holds the kernel's own locks is asked there, when it is first wanted; it must live as long.
  void find_lock_owners_with(capture::proc::LockWaitSource& source) { lock_waits_source_ = &source; }

  [[nodiscard]] bool out_of_time() const { return std::chrono::steady_clock::now() > deadline_; }
  [[nodiscard]] Deadline deadline() const { return deadline_; }
  [[nodiscard]] resolve::World& world() { return world_; }
  [[nodiscard]] const capture::proc::Root& root() const { return world_.root(); }

  // Threads. Null when it has gone; a pointer stays good as long as the scene.
  [[nodiscard]] const ThreadState* thread(ThreadId id);
  [[nodiscard]] const std::vector<pid_t>& threads(pid_t pid);
  [[nodiscard]] std::vector<pid_t> children(pid_t pid);
  // The thread that a process calls `tid` in its own PID namespace; nothing when there is none.
  // pid_namespaces(7).
  [[nodiscard]] std::optional<ThreadId> thread_in_namespace_of(pid_t pid, pid_t tid);
  // Whom the thread group of a TID of our own namespace belongs to; nothing when it has gone.
  [[nodiscard]] std::optional<ThreadId> thread_by_tid(pid_t tid);
  // The CPU that it last ran on, -1 when it has gone.
  [[nodiscard]] int processor_of(ThreadId id);
  // How long it has been off the CPU.
  [[nodiscard]] std::optional<double> seconds(ThreadId id);
  [[nodiscard]] std::string wait_channel(ThreadId id);
  // The functions of its kernel stack, one a line; empty without CAP_SYS_ADMIN.
  [[nodiscard]] std::string kernel_stack(ThreadId id);
  // A field of /proc/PID/task/TID/status, blanks taken off; empty when there is none.
  [[nodiscard]] std::string status_field(ThreadId id, std::string_view name);
  // The name of a process, raw.
  [[nodiscard]] std::string name_of(pid_t pid);

  // The lines of a descriptor's fdinfo.
  [[nodiscard]] std::optional<capture::proc::DescriptorInfo> descriptor_info(pid_t pid, int fd);
  // A TCP socket of `pid`'s network namespace as it is now, with tcp_info; nothing when the kernel
  // cannot be asked or it has gone.
  [[nodiscard]] std::optional<resolve::SocketInfo> tcp_now(pid_t pid,
                                                           const resolve::SocketInfo& socket);

  [[nodiscard]] const std::vector<capture::proc::FileLock>& locks();

  // The lock of the kernel that a thread sleeps for; null when for none, or when that is not known.
  [[nodiscard]] const capture::proc::LockWait* lock_wait(ThreadId id);

  // Memory of a process; false when it cannot be read whole.
  [[nodiscard]] bool read_memory(pid_t pid, std::uint64_t address, std::span<std::byte> into);
  [[nodiscard]] std::optional<std::string> read_string(pid_t pid, std::uint64_t address);
  template <class T>
  [[nodiscard]] std::optional<T> read_object(pid_t pid, std::uint64_t address) {
    T value;
    if (!read_memory(pid, address, std::as_writable_bytes(std::span(&value, 1)))) return {};
    return value;
  }

 private:
  resolve::World& world_;
  Deadline deadline_;
  std::map<ThreadId, std::optional<ThreadState>> threads_;
  std::map<pid_t, std::vector<pid_t>> thread_lists_;
  std::optional<std::vector<capture::proc::FileLock>> locks_;
  capture::proc::LockWaitSource* lock_waits_source_ = nullptr;  // null once it has been asked
  std::vector<capture::proc::LockWait> lock_waits_;
  capture::proc::SchedulerClock clock_;
  std::map<std::uint64_t, Result<capture::proc::SockDiag>> doors_;  // by network namespace
};

}  // namespace syscope::diagnose
