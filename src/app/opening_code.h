// The code paths by which processes open files, as `files --growth` names them.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/openings/openings.h"
#include "capture/proc/root.h"
#include "symbolize/stack.h"

namespace syscope::app {

// "openat", then the functions that led to it, the innermost first, without those of the C library.
using CodePath = std::vector<std::string>;

class OpeningCode {
 public:
  // Begins to watch these processes; fails as Openings::watch() does. `root` outlives the object.
  [[nodiscard]] static Result<OpeningCode> watch(const capture::proc::Root& root,
                                                 const std::vector<pid_t>& pids);
  // To be called every few milliseconds while openings are awaited.
  void collect() { openings_->collect(); }
  // How this descriptor came to be; nothing where its opening was not seen.
  [[nodiscard]] std::optional<CodePath> path_to(pid_t pid, int number);

 private:
  OpeningCode(const capture::proc::Root& root,
              std::unique_ptr<capture::openings::Openings> openings)
      : root_(root), openings_(std::move(openings)) {}

  const capture::proc::Root& root_;
  std::unique_ptr<capture::openings::Openings> openings_;
  std::map<pid_t, std::optional<symbolize::Process>> processes_;
};

}  // namespace syscope::app
