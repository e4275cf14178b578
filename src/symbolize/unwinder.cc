#include "symbolize/unwinder.h"

#include <time.h>

#include "capture/proc/memory.h"
#include "symbolize/rules.h"

namespace syscope::symbolize {
namespace {

constexpr unsigned dwarf_rbp = 6, dwarf_rsp = 7,
                   dwarf_rip = 16;  // x86-64 System V ABI, figure 3.36

std::chrono::nanoseconds processor_time() {
  timespec now;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

Budget::Budget(const Limits& limits)
    : processor_end_(processor_time() + limits.processor_time), deadline_(limits.deadline) {}

bool Budget::is_spent() const {
  return processor_time() > processor_end_ || std::chrono::steady_clock::now() > deadline_;
}

// What libdwfl asks about the thread. Its argument is the unwinder throughout.
struct Unwinder::Callbacks {
  static pid_t no_next_thread(Dwfl*, void*, void**) { return 0; }

  static bool thread(Dwfl*, pid_t, void* unwinder, void** argument) {
    *argument = unwinder;
    return true;
  }

  static bool memory(Dwfl*, Dwarf_Addr address, Dwarf_Word* value, void* argument) {
    const auto& self = *static_cast<const Unwinder*>(argument);
    if (self.budget_->is_spent()) return false;
    const std::uint64_t at = address - self.registers_->sp;
    if (at < self.memory_.size() && self.memory_.size() - at >= sizeof *value) {
      *value = load<Dwarf_Word>(self.memory_.data() + at);
      return true;
    }
    const auto size =
        capture::proc::read_memory(self.pid_, address, std::as_writable_bytes(std::span(value, 1)));
    return size && *size == sizeof *value;
  }

  static bool registers(Dwfl_Thread* thread, void* argument) {
    const Registers& known = *static_cast<const Unwinder*>(argument)->registers_;
    const auto set = [&](unsigned number, Dwarf_Word value) {
      return dwfl_thread_state_registers(thread, static_cast<int>(number), 1, &value);
    };
    if (known.all) {
      return dwfl_thread_state_registers(thread, 0, static_cast<unsigned>(known.all->size()),
                                         known.all->data());
    }
    if (known.frame_pointer && !set(dwarf_rbp, *known.frame_pointer)) return false;
    return set(dwarf_rsp, known.sp) && set(dwarf_rip, known.pc);
  }

  static int frame(Dwfl_Frame* frame, void* argument) {
    auto& self = *static_cast<Unwinder*>(argument);
    Step step;
    bool interrupted = false;
    Dwarf_Word unused;
    if (!dwfl_frame_pc(frame, &step.pc, &interrupted)) return DWARF_CB_ABORT;
    if (step.pc == 0) {
      self.walk_.complete = true;
      return DWARF_CB_ABORT;
    }
    step.is_return = !interrupted;
    dwfl_frame_reg(frame, dwarf_rsp, &step.sp);
    step.has_frame_pointer = dwfl_frame_reg(frame, dwarf_rbp, &unused) == 0;
    self.walk_.steps.push_back(step);
    const bool enough = self.walk_.steps.size() >= self.most_ || self.budget_->is_spent();
    return enough ? DWARF_CB_ABORT : DWARF_CB_OK;
  }
};

bool Unwinder::attach() {
  static const Dwfl_Thread_Callbacks callbacks = {
      .next_thread = Callbacks::no_next_thread,
      .get_thread = Callbacks::thread,
      .memory_read = Callbacks::memory,
      .set_initial_registers = Callbacks::registers,
      .detach = nullptr,
      .thread_detach = nullptr,
  };
  // libdwfl takes the machine from a file of the process, so this opens one.
  attached_ = attached_ || dwfl_attach_state(modules_.dwfl(), nullptr, pid_, &callbacks, this);
  return attached_;
}

Walk Unwinder::walk(pid_t tid, const Registers& registers, std::size_t frames,
                    const Budget& budget) {
  registers_ = &registers;
  budget_ = &budget;
  most_ = frames;
  walk_ = {};
  // libdwfl ends in the same way at the outermost frame and where a register is not known.
  if (attach() && dwfl_getthread_frames(modules_.dwfl(), tid, Callbacks::frame, this) == 0 &&
      !walk_.steps.empty() &&
      caller_rule(modules_.dwfl(), walk_.steps.back().code()) == CallerRule::none) {
    walk_.complete = true;
  }
  if (walk_.steps.empty()) {
    walk_.steps.push_back({registers.pc, registers.sp, false, registers.frame_pointer.has_value()});
  }
  return std::move(walk_);
}

Walk Unwinder::walk(const Snapshot& snapshot, std::size_t frames, const Budget& budget) {
  memory_ = snapshot.memory;
  Walk walked = walk(pid_, snapshot.registers, frames, budget);
  memory_ = {};
  return walked;
}

}  // namespace syscope::symbolize
