// From a process to whoever holds it up: thread, resource, holder, its thread, and so on.
#pragma once

#include <sys/types.h>

#include <map>
#include <span>
#include <vector>

#include "diagnose/finding.h"
#include "diagnose/scene.h"
#include "diagnose/watch.h"

namespace syscope::diagnose {

struct ChainOptions {
  unsigned depth = 16;     // threads on one path
  unsigned holders = 4;    // followed per resource; more are counted
  unsigned threads = 8;    // shown of one process
  unsigned nodes = 400;    // in the whole tree
  bool stacks = false;     // the functions and Python lines that waiting threads are in
  bool ask_servers = false;  // log in to databases, read only, and ask what they execute
  const WatchReport* watched = nullptr;  // names the requests that have no answer yet
};

// Everything that is known about why a process (tid 0) or one of its threads does not go on. not_found
// when it does not exist. Ends at the scene's deadline with what there is by then.
[[nodiscard]] Result<Diagnosis> diagnose(ThreadId id, Scene& scene, const ChainOptions& options = {});

// A thread that is blocked, for `why -a`.
struct BlockedThread {
  ThreadId who;
  std::string comm;
  double seconds = 0;
  std::string resource;
  std::vector<Culprit> culprits;  // the ends of its chain; empty: nobody in particular
};

// Every thread of these processes that has waited at least `seconds` for somebody or something that is at fault, the
// longest first. Idle waits (work, time, humans) do not count.
[[nodiscard]] std::vector<BlockedThread> all_blocked(std::span<const pid_t> pids, double seconds, Scene& scene,
                                                      const ChainOptions& options = {});

}  // namespace syscope::diagnose
