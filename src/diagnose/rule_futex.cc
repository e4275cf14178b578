// futex(2): the locks of the C library, seen from the outside.
//
// The kernel only knows "sleep while this word has this value"; whose turn it is lies in the process's
// memory, in the layout of the library that called. What glibc writes there (nptl, 64-bit, since 2.25):
//   pthread_mutex_t   the word at +0, owner's TID at +8, kind at +16; waits with value 2
//   robust, and musl  the word itself holds the owner's TID; waits with that value
//   priority-inheriting  the same, and the operation is FUTEX_LOCK_PI: the kernel checks it
//   pthread_rwlock_t  waits on the word at +8 or +12; TID of the writer at +24, readers uncounted by name
//   pthread_join      waits on the TID word of the thread, with the TID as value
//   condition variables, semaphores, the parking of Go, Java and Rust: nobody owns them
// An owner found in memory is believed only if such a thread lives (or died: that is worth saying).
#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include <algorithm>
#include <span>

#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

constexpr std::uint64_t owner_offset = 8;
constexpr std::uint64_t kind_offset = 16;
constexpr std::uint64_t writer_offset = 24;
constexpr std::uint32_t rwlock_futex_used = 2;
// PID_MAX_LIMIT of the kernel. Words of other locks may look like owners: that of QEMU's events is -1.
constexpr std::uint32_t largest_tid = 4'194'304;

bool may_be_tid(std::uint32_t number) { return number != 0 && number <= largest_tid; }

struct Wait {
  std::uint64_t address;
  unsigned operation;  // without the flags
  bool is_private;
  std::uint32_t value;
};

Finding finding_at(const Wait& wait, std::string_view what) {
  Finding finding;
  finding.rule = "futex";
  finding.resource = fmt::format("{} at 0x{:x}", what, wait.address);
  return finding;
}

// Names the owner, alive or not.
void add_owner(Finding& finding, const ThreadState& thread, std::uint32_t owner, Scene& scene) {
  const auto tid = scene.thread_in_namespace_of(thread.id.pid, static_cast<pid_t>(owner));
  if (tid) {
    finding.holders.push_back({*tid, "owns it"});
    return;
  }
  finding.certainty = Certainty::likely;
  finding.resource += fmt::format(
      ": its owner, thread {}, no longer exists: it ended without unlocking", owner);
}

// Among the first thousand threads: it is no more than a hint.
std::size_t waiters_on(std::uint64_t address, const ThreadState& thread, Scene& scene) {
  std::size_t count = 0;
  const auto& all = scene.threads(thread.id.pid);
  for (const pid_t tid : std::span(all).first(std::min<std::size_t>(all.size(), 1000))) {
    const ThreadState* other = scene.thread({thread.id.pid, tid});
    count += other != nullptr && other->is_in(SYS_futex) && other->argument(0) == address;
  }
  return count;
}

std::optional<Finding> priority_inheriting(const ThreadState& thread, const Wait& wait,
                                           Scene& scene) {
  if (wait.operation != FUTEX_LOCK_PI && wait.operation != FUTEX_LOCK_PI2) return {};
  Finding finding = finding_at(wait, "priority-inheriting mutex");
  const auto word = scene.read_object<std::uint32_t>(thread.id.pid, wait.address);
  if (!word) {
    finding.certainty = Certainty::not_permitted;
    return finding;
  }
  finding.evidence.push_back({"futex word", fmt::format("0x{:08x}", *word)});
  add_owner(finding, thread, *word & FUTEX_TID_MASK, scene);
  return finding;
}

// Every thread's end clears a word that holds its TID and wakes who waits there: set_tid_address(2).
std::optional<Finding> join(const ThreadState& thread, const Wait& wait, Scene& scene) {
  if (wait.is_private || wait.operation != FUTEX_WAIT_BITSET || wait.value <= 3) return {};
  const auto joined = scene.thread_in_namespace_of(thread.id.pid, static_cast<pid_t>(wait.value));
  if (!joined || joined->pid != thread.id.pid) return {};
  Finding finding = finding_at(wait, fmt::format("pthread_join of thread {}", wait.value));
  finding.resource = fmt::format("the end of thread {} (pthread_join)", joined->tid);
  finding.evidence.push_back({"futex value", fmt::format("{}", wait.value)});
  finding.holders.push_back({*joined, "has not ended"});
  return finding;
}

std::optional<Finding> tid_in_value(const ThreadState& thread, const Wait& wait, Scene& scene) {
  if (wait.operation != FUTEX_WAIT && wait.operation != FUTEX_WAIT_BITSET) return {};
  if ((wait.value & FUTEX_WAITERS) == 0 || !may_be_tid(wait.value & FUTEX_TID_MASK)) return {};
  Finding finding = finding_at(wait, "robust mutex");
  finding.evidence.push_back({"futex value", fmt::format("0x{:08x}", wait.value)});
  add_owner(finding, thread, wait.value & FUTEX_TID_MASK, scene);
  return finding;
}

std::optional<Finding> plain_mutex(const ThreadState& thread, const Wait& wait, Scene& scene) {
  if (wait.operation != FUTEX_WAIT || wait.value != 2) return {};
  const auto owner = scene.read_object<std::uint32_t>(thread.id.pid, wait.address + owner_offset);
  const auto kind = scene.read_object<std::uint32_t>(thread.id.pid, wait.address + kind_offset);
  Finding finding = finding_at(wait, wait.is_private ? "mutex" : "process-shared mutex");
  if (!owner || !kind) {
    finding.certainty = Certainty::not_permitted;
    return finding;
  }
  finding.evidence.push_back({"pthread_mutex_t.__owner", fmt::format("{}", *owner)});
  finding.evidence.push_back({"waiters in this process",
                              fmt::format("{}", waiters_on(wait.address, thread, scene))});
  if (!may_be_tid(*owner) || *kind > 0x3ff) {
    finding.resource =
        fmt::format("a lock without a recorded owner at 0x{:x}: the allocator's, stdio's or another "
                    "library's own",
                    wait.address);
    finding.certainty = Certainty::unknown;
    return finding;
  }
  add_owner(finding, thread, *owner, scene);
  return finding;
}

// The address that is waited on lies at +8 or +12 of the lock; the one whose writer lives is right.
std::optional<Finding> rwlock(const ThreadState& thread, const Wait& wait, Scene& scene) {
  if (wait.operation != FUTEX_WAIT_BITSET || (wait.value & rwlock_futex_used) == 0 ||
      wait.value > 3) {
    return {};
  }
  for (const std::uint64_t offset : {8u, 12u}) {
    const std::uint64_t lock = wait.address - offset;
    const auto writer = scene.read_object<std::uint32_t>(thread.id.pid, lock + writer_offset);
    if (!writer || !may_be_tid(*writer)) continue;
    const auto owner = scene.thread_in_namespace_of(thread.id.pid, static_cast<pid_t>(*writer));
    if (!owner) continue;
    Finding finding;
    finding.rule = "futex";
    finding.resource = fmt::format("rwlock at 0x{:x}, locked for writing", lock);
    finding.evidence.push_back({"pthread_rwlock_t.__cur_writer", fmt::format("{}", *writer)});
    finding.holders.push_back({*owner, "has it for writing"});
    return finding;
  }
  Finding finding = finding_at(wait, "rwlock (its readers are counted, not named), word");
  finding.certainty = Certainty::unknown;
  return finding;
}

Finding nobody(const ThreadState& thread, const Wait& wait, Scene& scene) {
  Finding finding;
  finding.rule = "futex";
  // The same words for all of them: a server's idle threads are told in one line.
  finding.resource = "a condition variable, a semaphore or the like: no owner exists";
  finding.evidence.push_back({"futex word", fmt::format("0x{:x}", wait.address)});
  finding.standing = Standing::idle;
  const std::size_t count = waiters_on(wait.address, thread, scene);
  if (count > 1) {
    finding.evidence.push_back({"threads that wait on the same word", fmt::format("{}", count)});
  }
  return finding;
}

}  // namespace

std::optional<Finding> futex(const ThreadState& thread, Scene& scene) {
  if (!thread.is_in(SYS_futex)) return {};
  const auto operation = static_cast<unsigned>(thread.argument(1));
  const Wait wait{thread.argument(0), operation & static_cast<unsigned>(FUTEX_CMD_MASK),
                  (operation & FUTEX_PRIVATE_FLAG) != 0,
                  static_cast<std::uint32_t>(thread.argument(2))};
  std::optional<Finding> finding = priority_inheriting(thread, wait, scene);
  if (!finding) finding = join(thread, wait, scene);
  if (!finding) finding = tid_in_value(thread, wait, scene);
  if (!finding) finding = plain_mutex(thread, wait, scene);
  if (!finding) finding = rwlock(thread, wait, scene);
  if (!finding) finding = nobody(thread, wait, scene);
  return finding;
}

}  // namespace syscope::diagnose
