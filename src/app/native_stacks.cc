#include "app/native_stacks.h"

#include <unistd.h>

#include <algorithm>

namespace syscope::app {
namespace {

// Each has files open: beyond so many processes all are closed, and opened again when they are met.
constexpr std::size_t most_processes = 64;

}  // namespace

Result<NativeStacks> NativeStacks::make(std::size_t most_frames, bool sources) {
  auto root = capture::proc::Root::open();
  if (!root) return std::unexpected(std::move(root.error()));
  const auto own = symbolize::Process::open(*root, ::getpid());
  if (!own && own.error().cause == Cause::unsupported) return std::unexpected(own.error());
  symbolize::Limits limits;
  limits.frames = most_frames + 1;  // one more tells that there are more
  limits.processor_time = std::chrono::seconds(10);
  limits.sources = sources;
  return NativeStacks(std::move(*root), limits);
}

symbolize::Process* NativeStacks::process(pid_t pid) {
  if (const auto known = processes_.find(pid); known != processes_.end()) {
    if (known->second.is_current()) return &known->second;
    processes_.erase(known);
  }
  if (processes_.size() >= most_processes) processes_.clear();
  auto opened = symbolize::Process::open(root_, pid);
  return opened ? &processes_.emplace(pid, std::move(*opened)).first->second : nullptr;
}

capture::StackReader::Stack NativeStacks::read(pid_t pid, pid_t tid,
                                               const capture::DwarfRegisters& registers) {
  symbolize::Process* const opened = process(pid);
  if (opened == nullptr) return {};
  constexpr std::size_t rbp = 6, rsp = 7, rip = 16;
  const symbolize::Registers known{.pc = registers[rip],
                                   .sp = registers[rsp],
                                   .frame_pointer = registers[rbp],
                                   .all = registers};
  symbolize::Stack found = opened->stack(tid, known, limits_);
  Stack stack;
  const std::size_t most = limits_.frames - 1;
  stack.more = found.frames.size() > most;
  if (stack.more) found.frames.resize(most);
  for (symbolize::Frame& frame : found.frames) {
    stack.frames.push_back({.pc = frame.pc,
                            .offset = frame.offset,
                            .module_offset = frame.module_offset,
                            .module = std::move(frame.module),
                            .function = std::move(frame.function),
                            .source = std::move(frame.source),
                            .line = static_cast<std::uint32_t>(std::max(frame.line, 0))});
  }
  return stack;
}

}  // namespace syscope::app
