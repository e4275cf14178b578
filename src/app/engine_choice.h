// Which engine traces: what the person asked for, or what this machine and user can use.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/trace_options.h"
#include "capture/engine.h"

namespace syscope::app {

struct ChosenEngine {
  std::unique_ptr<capture::Engine> engine;
  const char* name = "";  // "bpf" or "ptrace"
};

// Starts the engine that `options` name. EngineChoice::automatic: the eBPF engine where it works, else
// the ptrace engine, and `note` is told why in one line (not where an option needs the eBPF engine); under the name strace always the ptrace
// engine, whose timing and stops are those of strace.
[[nodiscard]] Result<ChosenEngine> start_engine(const capture::Request& request,
                                                const TraceOptions& options,
                                                const std::function<void(const std::string&)>& note);

}  // namespace syscope::app
