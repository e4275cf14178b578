// What the engine knows of the threads that it traces.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <span>
#include <unordered_map>

#include "abi/abi.h"
#include "capture/engine.h"
#include "capture/record_buffer.h"
#include "catalog/plan.h"

namespace syscope::capture::ptrace {

struct Tracee {
  enum class Call {
    none,      // outside of calls, as far as the engine knows
    unwanted,  // in a call that leaves no record
    recorded,  // in a call whose entry is in `record`
  };

  pid_t tid = 0;
  pid_t pid = 0;
  Abi abi = Abi::x86_64;
  Call call = Call::none;
  bool launching = false;  // our child until its exec succeeds: only its execve(2) counts
  bool filtered = false;   // runs under our seccomp filter
  bool attaching = false;  // its first stop shows what it was doing
  std::optional<std::uint32_t>
      repeats;           // number of the call in flight when we came, to be repeated
  bool resumes = false;  // its next call is restart_syscall(2), of the one in flight, in `record`
  std::uint64_t asleep_since = 0;  // ns of CLOCK_MONOTONIC, as we came: an estimate

  // The call it is in: an SC_CALL record as far as it is known. Calls reuse its memory.
  RecordBuffer record;
  std::span<const sc_op> plan;
  std::uint64_t cpu_time = 0;  // ns, at the entry
  std::optional<StackReader::Stack> stack;  // read at the entry, to be told at the end

  // Tampering with calls (tamper.cc).
  const Injection* injection = nullptr;  // of the call it is in
  int signal_due = 0;                    // to be delivered when it goes on
  std::uint64_t held_until = 0;          // ns of CLOCK_MONOTONIC; 0: it goes on at once
  std::unordered_map<std::uint64_t, std::uint32_t> occasions;  // calls so far; key: ABI and number
};

// The tracees by thread id.
class Tracees {
 public:
  [[nodiscard]] Tracee* find(pid_t tid) {
    if (latest_ != nullptr && latest_->tid == tid) return latest_;
    const auto found = by_tid_.find(tid);
    if (found == by_tid_.end()) return nullptr;
    return latest_ = found->second.get();
  }

  // A new one; it is an error to add a thread twice.
  Tracee& add(pid_t tid, pid_t pid) {
    auto& tracee = by_tid_[tid];
    tracee = std::make_unique<Tracee>();
    tracee->tid = tid;
    tracee->pid = pid;
    return *tracee;
  }

  void remove(pid_t tid) {
    latest_ = nullptr;
    by_tid_.erase(tid);
  }

  // Gives a tracee the id of another, which goes: execve(2) of a thread that is not the leader.
  Tracee& rename(pid_t from, pid_t to) {
    latest_ = nullptr;
    auto node = by_tid_.extract(from);
    by_tid_.erase(to);
    node.key() = to;
    node.mapped()->tid = to;
    return *by_tid_.insert(std::move(node)).position->second;
  }

  void clear() {
    latest_ = nullptr;
    by_tid_.clear();
  }

  [[nodiscard]] bool empty() const { return by_tid_.empty(); }
  [[nodiscard]] std::size_t size() const { return by_tid_.size(); }
  [[nodiscard]] auto begin() { return by_tid_.begin(); }
  [[nodiscard]] auto end() { return by_tid_.end(); }

 private:
  std::unordered_map<pid_t, std::unique_ptr<Tracee>> by_tid_;
  Tracee* latest_ = nullptr;
};

}  // namespace syscope::capture::ptrace
