// The room in a build without libdw.
#include "symbolize/stack.h"

namespace syscope::symbolize {

struct Process::State {};

Process::Process(std::unique_ptr<State> state) : state_(std::move(state)) {}
Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;
Process::~Process() = default;

Result<Process> Process::open(const capture::proc::Root&, pid_t) {
  return fail(Cause::unsupported, "this build has no native stacks", "",
              "build it where libdw (elfutils 0.188) is installed");
}

bool Process::is_current() const { return true; }

Stack Process::stack(pid_t, const Registers&, const Limits&) { return {}; }
Stack Process::stack(const Snapshot&, const Limits&) { return {}; }

}  // namespace syscope::symbolize
