// The stacks of traced threads, with the names of functions: what the ptrace engine asks for -k.
#pragma once

#include <unordered_map>

#include "capture/engine.h"
#include "capture/proc/root.h"
#include "symbolize/stack.h"

namespace syscope::app {

class NativeStacks final : public capture::StackReader {
 public:
  // At most `most_frames` frames; with `sources` the lines of source files, too. unsupported where
  // the program was built without libdw.
  [[nodiscard]] static Result<NativeStacks> make(std::size_t most_frames, bool sources);

  [[nodiscard]] Stack read(pid_t pid, pid_t tid, const capture::DwarfRegisters& registers) override;

 private:
  NativeStacks(capture::proc::Root root, symbolize::Limits limits)
      : root_(std::move(root)), limits_(limits) {}
  [[nodiscard]] symbolize::Process* process(pid_t pid);

  capture::proc::Root root_;
  symbolize::Limits limits_;
  std::unordered_map<pid_t, symbolize::Process> processes_;  // their files stay open
};

}  // namespace syscope::app
