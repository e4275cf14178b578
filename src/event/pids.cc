#include "event/pids.h"

#include <cstring>

#include "event/view.h"

namespace syscope::event {

std::string_view comm_text(const char (&comm)[16]) { return {comm, ::strnlen(comm, sizeof comm)}; }

void PidTable::learn(Bytes record) {
  const auto* const pid = as<sc_pid>(record);
  if (pid == nullptr) return;
  Thread& thread = threads_[pid->head.tid];
  if ((pid->head.flags & SC_PID_SELF) != 0) {
    thread.self = comm_text(pid->comm);
  } else {
    const bool at_exit = (pid->head.flags & SC_PID_AT_EXIT) != 0;
    (at_exit ? thread.at_exit : thread.shown)[pid->number] = {pid->translated, std::string(comm_text(pid->comm))};
  }
}

void PidTable::settle(std::uint32_t tid) {
  const auto thread = threads_.find(tid);
  if (thread == threads_.end()) return;
  for (auto& [number, pid] : thread->second.at_exit) thread->second.shown[number] = std::move(pid);
  thread->second.at_exit.clear();
}

const Pid* PidTable::find(std::uint32_t tid, std::int32_t number, bool at_entry) const {
  const auto thread = threads_.find(tid);
  if (thread == threads_.end()) return nullptr;
  if (!at_entry) {
    const auto changed = thread->second.at_exit.find(number);
    if (changed != thread->second.at_exit.end()) return &changed->second;
  }
  const auto found = thread->second.shown.find(number);
  return found != thread->second.shown.end() ? &found->second : nullptr;
}

std::string_view PidTable::self(std::uint32_t tid) const {
  const auto thread = threads_.find(tid);
  return thread != threads_.end() ? std::string_view(thread->second.self) : std::string_view();
}

}  // namespace syscope::event
