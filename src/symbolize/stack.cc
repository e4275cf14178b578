#include "symbolize/stack.h"

#include "symbolize/frame_pointer.h"
#include "symbolize/modules.h"
#include "symbolize/names.h"
#include "symbolize/rules.h"
#include "symbolize/unwinder.h"

namespace syscope::symbolize {

struct Process::State {
  State(std::unique_ptr<Modules> opened, pid_t process)
      : pid(process), modules(std::move(opened)), unwinder(*modules, pid) {}

  struct Found {
    Walk walk;
    std::size_t certain;  // so many steps rest on no guess
  };
  [[nodiscard]] Found find(pid_t tid, const Registers& registers, const Limits& limits,
                           const Budget& budget);
  [[nodiscard]] Stack name(const Found& found, const Limits& limits, const Budget& budget) const;
  [[nodiscard]] std::string why_cut(const Walk& walk, const Limits& limits,
                                    const Budget& budget) const;

  pid_t pid;
  std::unique_ptr<Modules> modules;
  Unwinder unwinder;
};

// Where the first walk ends for want of RBP, no function further in has saved it: it is what it was
// when the thread entered the kernel, and one value does for the whole walk. A value that cannot be
// proved counts only if it leads to the outermost frame.
Process::State::Found Process::State::find(pid_t tid, const Registers& registers,
                                           const Limits& limits, const Budget& budget) {
  Found first{unwinder.walk(tid, registers, limits.frames, budget), 0};
  first.certain = first.walk.steps.size();
  const Step last = first.walk.steps.back();
  if (first.walk.complete || first.certain >= limits.frames || last.has_frame_pointer ||
      caller_rule(modules->dwfl(), last.code()) != CallerRule::by_frame_pointer) {
    return first;
  }
  for (const FramePointer& candidate :
       frame_pointer_candidates(*modules, pid, last.code(), last.sp)) {
    Registers with = registers;
    with.frame_pointer = candidate.value;
    Walk walk = unwinder.walk(tid, with, limits.frames, budget);
    if (walk.steps.size() <= first.certain || (!candidate.proved && !walk.complete)) continue;
    const std::size_t certain = candidate.proved ? walk.steps.size() : first.certain;
    return {std::move(walk), certain};
  }
  return first;
}

std::string Process::State::why_cut(const Walk& walk, const Limits& limits,
                                    const Budget& budget) const {
  if (walk.complete) return {};
  if (walk.steps.size() >= limits.frames) return "there are more frames";
  if (budget.is_spent()) return "out of time";
  const std::uint64_t code = walk.steps.back().code();
  if (dwfl_addrmodule(modules->dwfl(), code) == nullptr) {
    return modules->is_code(code) ? "the caller is not known: this code comes from no file"
                                  : "the caller is not known: this is no address of code";
  }
  if (caller_rule(modules->dwfl(), code) == CallerRule::unknown) {
    return "the caller is not known: the file has no unwinding rules, or could not be opened";
  }
  return "the caller is not known: finding it takes a register that only a stopped thread tells";
}

Process::Process(std::unique_ptr<State> state) : state_(std::move(state)) {}
Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;
Process::~Process() = default;

Result<Process> Process::open(const capture::proc::Root& root, pid_t pid) {
  auto modules = Modules::report(root, pid);
  if (!modules) return std::unexpected(std::move(modules.error()));
  return Process(std::make_unique<State>(std::move(*modules), pid));
}

Stack Process::State::name(const Found& found, const Limits& limits, const Budget& budget) const {
  Stack stack;
  stack.cut = why_cut(found.walk, limits, budget);
  const auto& steps = found.walk.steps;
  for (const Step& step : steps) {
    Frame frame;
    frame.pc = step.pc;
    frame.certain = stack.frames.size() < found.certain;
    if (!budget.is_spent()) name_frame(*modules, step.is_return, frame);
    stack.frames.push_back(std::move(frame));
  }
  // Source lines take longest, and help least.
  for (std::size_t at = 0; limits.sources && at < steps.size() && !budget.is_spent(); ++at) {
    name_source(*modules, steps[at].is_return, stack.frames[at]);
  }
  return stack;
}

bool Process::is_current() const { return state_->modules->is_current(); }

Stack Process::stack(pid_t tid, const Registers& registers, const Limits& limits) {
  const Budget budget(limits);
  return state_->name(state_->find(tid, registers, limits, budget), limits, budget);
}

Stack Process::stack(const Snapshot& snapshot, const Limits& limits) {
  const Budget budget(limits);
  State::Found found{state_->unwinder.walk(snapshot, limits.frames, budget), 0};
  found.certain = found.walk.steps.size();
  return state_->name(found, limits, budget);
}

}  // namespace syscope::symbolize
