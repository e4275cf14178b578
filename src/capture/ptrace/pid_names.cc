#include "capture/ptrace/pid_names.h"

#include "capture/ptrace/attach.h"

namespace syscope::capture::ptrace {

bool PidNames::is_new(const sc_pid& record) {
  const bool is_self = (record.head.flags & SC_PID_SELF) != 0;
  const std::pair key{static_cast<pid_t>(record.head.tid), is_self ? 0 : record.number};
  Told now{record.translated, record.comm};
  const auto [known, inserted] = told_.try_emplace(key, now);
  if (!inserted && known->second == now) return false;
  known->second = std::move(now);
  return true;
}

bool PidNames::describe(sc_pid& record) {
  const auto tid = static_cast<pid_t>(record.head.tid);
  const bool is_self = (record.head.flags & SC_PID_SELF) != 0;
  if (is_self) record.number = tid;
  const pid_t translated = is_self ? tid : translator_.translate(tid, record.number);
  record.translated = static_cast<sc_u32>(translated);
  if (translated != 0) read_comm(proc_, translated, record.comm);
  const bool is_gone = is_self && record.comm[0] == '\0';  // then its last name counts
  return !is_gone && is_new(record);
}

void PidNames::forget(pid_t tid) {
  told_.erase(told_.lower_bound({tid, INT32_MIN}), told_.upper_bound({tid, INT32_MAX}));
}

}  // namespace syscope::capture::ptrace
