// What every engine promises: it is told once what to capture, and from then on fills a sink with
// records (event/record.h) until nothing is left to trace.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "abi/abi.h"
#include "base/bytes.h"
#include "base/result.h"

namespace syscope::capture {

// A command to run and trace from its first instruction.
struct Command {
  std::string file;                      // as execve(2) gets it: already looked up in PATH
  std::vector<std::string> arguments;    // argv, argv[0] included
  std::vector<std::string> environment;  // "NAME=value", complete
  // Credentials to take before the exec, as `-u` asks; nothing: the tracer's own.
  struct User {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name;  // for initgroups(3); empty: no supplementary groups
  };
  std::optional<User> user;
  // Whose child is whose: the command is the tracer's, or, as with -D, the calling process becomes
  // the command and the tracer its grandchild, in its process group, in a group or a session of its
  // own. Then the engine is made in another process than the one that asked for it.
  enum class Tracer : std::uint8_t { parent, grandchild, own_group, own_session };
  Tracer tracer = Tracer::parent;
};

// The calls to record, by number, for each ABI. A call that is not wanted leaves no record.
class WantedCalls {
 public:
  static constexpr std::uint32_t limit = 1024;

  // Everything, numbers without a name too.
  [[nodiscard]] static WantedCalls all() { return WantedCalls{}; }
  [[nodiscard]] static WantedCalls none() {
    WantedCalls wanted;
    wanted.everything_ = false;
    return wanted;
  }
  void add(Abi abi, std::uint32_t nr) {
    if (nr < limit) bits_[index(abi)][nr / 64] |= std::uint64_t{1} << nr % 64;
  }
  // Every number from the limit on.
  void add_beyond() { beyond_ = true; }
  [[nodiscard]] bool everything() const { return everything_; }
  [[nodiscard]] bool has(Abi abi, std::uint32_t nr) const {
    if (everything_) return true;
    return nr < limit ? (bits_[index(abi)][nr / 64] >> nr % 64 & 1) != 0 : beyond_;
  }

 private:
  static std::size_t index(Abi abi) { return static_cast<std::size_t>(abi); }
  bool everything_ = true;
  bool beyond_ = false;
  std::uint64_t bits_[4][limit / 64] = {};
};

// Bytes to write where argument number `argument` (from 0) points to.
struct Poke {
  unsigned argument = 0;
  std::vector<std::byte> bytes;
};

// Calls to tamper with, and how: what strace's -e inject asks for.
struct Injection {
  WantedCalls calls = WantedCalls::none();
  std::optional<std::int64_t> result;  // instead of making the call: result or negative errno
  bool is_success = false;             // the result is no error, whatever it looks like
  // Call without arguments to make in its place, by ABI.
  std::array<std::optional<std::uint32_t>, 4> replacement;
  int signal = 0;  // sent at the entry
  std::chrono::nanoseconds delay_at_entry{0};
  std::chrono::nanoseconds delay_at_exit{0};
  std::vector<Poke> pokes_at_entry;
  std::vector<Poke> pokes_at_exit;
  // Which of a thread's calls of one number, from 1: from `first` to `last`, every `step`th.
  std::uint32_t first = 1;
  std::uint32_t last = UINT32_MAX;
  std::uint32_t step = 1;
};

// Tasks to trace besides the command and those attached to, present and future ones. Only the eBPF
// engine can; never the tracer itself. What is given must all hold.
struct Selection {
  bool everything = false;             // the whole machine
  std::optional<uid_t> user;           // effective user id
  std::string cgroup;                  // directory of a cgroup (v1 or v2): its tasks and those below
  std::optional<ino_t> pid_namespace;  // inode of /proc/PID/ns/pid
  [[nodiscard]] bool any() const {
    return everything || user.has_value() || !cgroup.empty() || pid_namespace.has_value();
  }
};

// Which numbers of one kind a record shows: in its arguments, behind their pointers, as its result.
class NumberFinder {
 public:
  virtual ~NumberFinder() = default;
  // Appends those of an SC_ENTER, SC_CALL or SC_SIGNAL record to `found`; some may come more than
  // once.
  virtual void find(Bytes record, std::vector<std::int32_t>& found) = 0;
};

// The integer registers of a thread of 64-bit code, in the order of DWARF: rax rdx rcx rbx rsi rdi
// rbp rsp r8 to r15 rip. x86-64 System V ABI, figure 3.36.
using DwarfRegisters = std::array<std::uint64_t, 17>;

// Reads the functions that a stopped thread is in.
class StackReader {
 public:
  virtual ~StackReader() = default;
  struct Frame {  // as sc_frame has it
    std::uint64_t pc = 0;
    std::uint64_t offset = 0;
    std::uint64_t module_offset = 0;
    std::string module;
    std::string function;
    std::string source;
    std::uint32_t line = 0;
  };
  struct Stack {
    std::vector<Frame> frames;  // the innermost first
    bool more = false;
  };
  // Of 64-bit code; what cannot be found ends the stack.
  [[nodiscard]] virtual Stack read(pid_t pid, pid_t tid, const DwarfRegisters& registers) = 0;
};

// What to capture. Pushed into the engine before the start; nothing travels backwards later.
struct Request {
  std::optional<Command> command;
  Selection selection;
  std::vector<pid_t> attach;    // processes with all their threads if follow_forks, else single threads
  bool follow_forks = false;    // children and threads made from now on, too
  WantedCalls calls = WantedCalls::all();
  bool signals = true;          // SC_SIGNAL and SC_STOP records
  std::uint32_t string_limit = 32;
  bool abbreviate = true;       // arrays stop at the string limit
  bool instruction_pointer = false;
  bool announce = true;         // SC_ENTER records
  bool seccomp_filter = false;  // launched commands: spare the unwanted calls by a seccomp filter
  bool files = false;           // SC_FD blocks, and SC_FILE records of what they name
  bool file_details = false;    // ... with the addresses of sockets and what fdinfo says
  // With `files`, for the ptrace engine, and outlives it: whose files to look up, AT_FDCWD for the
  // working directory.
  NumberFinder* descriptors = nullptr;

  // These need the ptrace engine. What they point to outlives it.
  NumberFinder* pids = nullptr;    // SC_PID records of the process ids that it finds
  StackReader* stacks = nullptr;   // SC_STACK records with every call and signal
  // Says of which descriptors, as the first argument of a call, all memory is captured whatever
  // string_limit; an empty function: of none.
  std::function<bool(std::int32_t descriptor)> captured_whole;
  std::vector<Injection> injections;  // the last one that has a call counts for it
  bool short_strings = false;  // SC_NOTE records of strings that go on where nothing can be read
  bool cpu_times = false;             // measures sc_call.blocked: a cost at every stop
  bool kill_on_exit = false;          // nothing traced lives on without the tracer
  bool detach_on_exec = false;  // lets go of what executes another program; not of the command

  // The rest holds for the eBPF engine; the ptrace engine leaves it to whoever prints.
  bool failed_only = false;      // SC_CALL only of calls that failed
  bool successful_only = false;  // ... that did not fail
  std::chrono::nanoseconds longer_than{0};  // ... that took longer
  bool tally = false;            // no SC_CALL: SC_TALLY records at the end
  bool tally_threads = false;    // ... each thread for itself
  bool tally_buckets = false;    // ... with the distribution of durations
  bool lossless = false;         // slow the traced down rather than lose records
  std::size_t buffer_bytes = 0;  // of the ring of each CPU; 0: the engine's choice
  bool wakers = false;           // SC_WAKE records
};

class RecordSink {
 public:
  virtual ~RecordSink() = default;
  // `record` is one whole record, aligned to 8; it is gone when the call returns.
  virtual void accept(Bytes record) = 0;
};

enum class Progress {
  delivered,  // records came
  idle,       // nothing came within the time given, or a signal handler ran
  ended,      // nothing is left to trace; no record will come any more
};

class Engine {
 public:
  // Lets go of everything it traces and leaves it running, as detach() does.
  virtual ~Engine() = default;

  // Hands what there is to `sink`, in the order of time; waits at most `wait` for the first record.
  // Returns early, with Progress::idle, when a signal handler ran in this thread.
  [[nodiscard]] virtual Result<Progress> pump(RecordSink& sink, std::chrono::milliseconds wait) = 0;

  // Stops tracing and leaves everything running as it was: SC_DETACH records come for what was still
  // alive, with the next pump. Idempotent.
  virtual void detach() = 0;

  // Of the command that the engine launched, once it has ended: a wait status as wait4(2) gives it.
  [[nodiscard]] virtual std::optional<int> wait_status() const = 0;

  // The process id of the command that the engine launched, 0 if none.
  [[nodiscard]] virtual pid_t command_pid() const = 0;
};

}  // namespace syscope::capture
