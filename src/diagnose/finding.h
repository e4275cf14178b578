// What `why` finds: a tree of steps from a blocked thread to whoever holds it up.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace syscope::diagnose {

struct ThreadId {
  pid_t pid = 0;
  pid_t tid = 0;  // 0: the process as a whole, no thread in particular

  friend bool operator==(const ThreadId&, const ThreadId&) = default;
  friend auto operator<=>(const ThreadId&, const ThreadId&) = default;
};

// How far a claim is to be trusted.
enum class Certainty : std::uint8_t {
  certain,        // the kernel says so
  likely,         // follows from what was read, if the program does the usual thing
  unknown,        // nothing readable tells
  not_permitted,  // it could be read, but not by this user
};
[[nodiscard]] std::string_view name(Certainty certainty);

// What kind of waiting it is, seen by somebody who looks for a fault.
enum class Standing : std::uint8_t {
  running,  // not waiting at all
  idle,     // for work, time or a human: nobody owes it anything
  blocked,  // for something that another thread, process or machine has to do
};
[[nodiscard]] std::string_view name(Standing standing);

// What was read, and where. The value is raw: whoever prints it escapes it.
struct Evidence {
  std::string source;  // "/proc/12/syscall", "sock_diag", "memory of 12 at 0x7f..."
  std::string value;
};

// Somebody who can end the wait.
struct Holder {
  ThreadId who;
  std::string role;  // "has the write end (fd 4)", "owns the mutex"
  int fd = -1;       // through which descriptor, where it is one
  bool follow = true;  // false: what it waits for itself is no part of the story
};

// A connection whose other end is a process of this machine.
struct Connection {
  bool is_unix = false;
  std::string local, remote;      // as text: addresses with ports, or names
  std::uint16_t local_port = 0;   // of the waiter
  std::uint16_t remote_port = 0;  // of the server
};

// What one rule says about one wait.
struct Finding {
  std::string_view rule;     // the rule's name: "pipe", "futex"
  std::string resource;      // what it waits for, in a line
  Standing standing = Standing::blocked;
  Certainty certainty = Certainty::certain;
  std::vector<Evidence> evidence;
  std::vector<Holder> holders;    // empty: nobody in particular
  std::vector<Finding> any_of;    // poll and its kind: what each descriptor would wait for
  std::vector<std::string> notes; // what else a person should know, a line each
  int fd = -1;                    // the descriptor, where it waits for one
  std::string advice;             // what to do about it; may be empty
  std::optional<Connection> connection;  // for whoever asks the server about it
};

// A step of the answer, as people read it.
struct Node {
  enum class Kind : std::uint8_t {
    process,    // a process with several threads, summarised
    thread,     // who waits, or runs
    resource,   // what for
    statement,  // what a server executes for the client above
    frame,      // a line of the program's code, the innermost first
    note,
  };
  Kind kind = Kind::note;
  ThreadId who;      // of processes and threads
  std::string comm;  // the same
  std::string role;  // how a holder came into the chain; empty at the root
  std::string text;  // one line; raw
  std::string_view rule;
  Standing standing = Standing::blocked;
  Certainty certainty = Certainty::certain;
  std::optional<double> seconds;  // how long it has been waiting
  bool closes_cycle = false;      // this thread is one of its own ancestors
  std::vector<Evidence> evidence;
  std::vector<Node> children;
};

struct Culprit {
  ThreadId who;
  std::string comm;
  friend bool operator==(const Culprit& a, const Culprit& b) { return a.who == b.who; }
};

// The whole answer about one process.
struct Diagnosis {
  Node root;
  Standing standing = Standing::running;
  std::vector<Culprit> culprits;       // the ends of the chain, best founded first
  std::vector<std::string> verdict;    // sentences under the tree
  std::vector<std::vector<ThreadId>> deadlocks;  // each cycle once
  bool out_of_time = false;            // the time budget ended the search
};

}  // namespace syscope::diagnose
