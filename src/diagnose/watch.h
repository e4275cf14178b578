// Where the time of some processes goes, and what their connections say: from the records of a
// trace.
//
// A thread runs, waits for a CPU, or is blocked in a call on a descriptor; what poll(2) and its
// kind wait for is charged to the descriptor that ended the wait. What goes over sockets is read by
// the protocols of the room `protocol`.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/bytes.h"
#include "diagnose/finding.h"
#include "event/files.h"
#include "protocol/conversation.h"
#include "resolve/world.h"

namespace syscope::diagnose {

struct WokenBy {
  ThreadId who;
  std::string comm;  // raw
  std::uint64_t count = 0;
};

// Time blocked in one way.
struct WaitShare {
  std::string call;  // "read", "epoll_wait, then recvfrom"
  int fd = -1;
  std::string object;  // what is open there: "TCP 127.0.0.1:4 -> 127.0.0.1:3306"; raw
  std::string peer;    // who has the other end: "mariadbd 812"; raw, empty where not known
  double seconds = 0;
  double longest = 0;
  std::uint64_t count = 0;
  bool now = false;               // it was so when the watch ended
  std::vector<WokenBy> woken_by;  // most frequent first; without what interrupts did
};

struct ThreadTime {
  ThreadId who;
  std::string comm;
  bool ended = false;
  double seconds = 0;  // of its life within the watch
  double running = 0;
  double starved = 0;            // ready to run, and the CPU was not free
  double blocked = 0;            // in calls
  std::vector<WaitShare> waits;  // longest first
};

struct RequestTime {
  std::string text;     // raw; empty: of a protocol that nothing here knows
  double seconds = 0;   // until the answer, or until the end of the watch
  std::string outcome;  // raw
  unsigned tries = 1;
};

struct ConnectionTime {
  pid_t pid = 0;
  std::string comm;
  int fd = -1;
  std::uint64_t inode = 0;
  std::string object;
  std::string peer;
  std::uint64_t connections = 1;  // that are told together: same process, server and protocol
  std::string server;         // its address, or name; raw
  std::string_view protocol;  // empty: not known
  bool serves = false;        // the process is the server
  std::uint64_t requests = 0, answers = 0;
  double seconds = 0;  // all answered requests together
  std::vector<RequestTime> slowest, unanswered;
};

struct WatchReport {
  double seconds = 0;
  std::uint64_t lost = 0;                   // records that the engine had to drop
  std::vector<ConnectionTime> connections;  // those with unanswered requests first, then by time
  std::vector<ThreadTime> threads;          // those that did something first
  std::size_t more_connections = 0, more_threads = 0;
};

class Watch {
 public:
  // The processes are those that the trace will follow, with all descendants. Reads what their
  // threads have used of the CPU so far, and who listens in their network namespaces. proc(5):
  // schedstat.
  Watch(resolve::World& world, const std::vector<pid_t>& pids, std::uint64_t now);

  // A record of the trace; others than those of calls, files, wake-ups and ends are ignored.
  void take(Bytes record);
  // What there is to say at `now`, ns of CLOCK_MONOTONIC. `world` is a fresh one: it knows the
  // peers.
  [[nodiscard]] WatchReport report(resolve::World& world, std::uint64_t now);

 private:
  struct Key {  // of a wait
    std::uint32_t call = 0;
    std::uint32_t then = UINT32_MAX;  // the call that showed what poll had waited for
    std::uint64_t file = 0;
    int fd = -1;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Sum {
    std::uint64_t time = 0, longest = 0, count = 0;
    std::map<std::uint64_t, WokenBy> woken_by;  // by pid and tid
  };
  struct Open {  // a call that has begun, or a wait that is not charged yet
    Key key;
    std::uint64_t time = 0;
    bool valid = false;
  };
  struct Thread {
    std::string comm;
    std::uint64_t from = 0, to = 0;     // 0: lives
    std::uint64_t ran = 0, queued = 0;  // schedstat at the start
    std::map<Key, Sum> waits;
    Open open;
    Open uncharged;
    WokenBy woken_by;
  };
  struct Talk {
    int fd = -1;
    std::uint64_t file = 0;
    std::unique_ptr<protocol::Conversation> conversation;
  };
  struct Label {
    std::string text;
    std::uint64_t inode = 0;
    sc_socket socket{};
    bool accepted = false;
  };

  void take_enter(Bytes record);
  void take_call(Bytes record);
  void take_wake(const sc_wake& wake);
  void learn(Bytes record);
  Thread& thread_of(const sc_head& head);
  Key key_of(Bytes record, const sc_call& call);
  void charge(Thread& thread, const Key& key, std::uint64_t time);
  void flush(Thread& thread);
  static void merge_unidentified(Thread& thread);
  Talk* talk_of(std::uint32_t pid, int fd, const event::File& file);
  protocol::Side side_of(const event::File& file) const;

  ThreadTime time_of(ThreadId id, Thread& thread, resolve::World& world, std::uint64_t now);
  ConnectionTime connection_of(pid_t pid, Talk& talk, resolve::World& world, std::uint64_t now);
  std::string peer_of(pid_t pid, int fd, std::uint64_t file, resolve::World& world);

  std::uint64_t start_;
  std::uint64_t lost_ = 0;
  std::uint64_t untold_connections_ = 0;
  event::FileTable files_;
  std::unordered_map<std::uint64_t, Label> labels_;  // by file
  std::map<ThreadId, Thread> threads_;
  // Which file a descriptor was when a call last named it: records of poll(2) do not say.
  std::map<std::pair<std::uint32_t, int>, std::uint64_t> latest_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, Talk> talks_;  // by process and file
  std::unordered_set<std::uint16_t> listening_;                    // TCP ports
  std::map<std::pair<pid_t, std::uint64_t>, std::string> peers_;
};

}  // namespace syscope::diagnose
