// What the process ids that a stopped thread shows stand for, as SC_PID records.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "capture/proc/pid_translation.h"
#include "capture/proc/root.h"
#include "event/record.h"

namespace syscope::capture::ptrace {

class PidNames {
 public:
  // `proc` outlives this object.
  explicit PidNames(const proc::Root& proc) : proc_(proc), translator_(proc) {}

  // Fills in the record of a number that thread `record.head.tid` shows, or of the thread itself
  // (SC_PID_SELF): record.head is set, and record.number of the former. Returns whether it tells
  // anything that was not told before.
  [[nodiscard]] bool describe(sc_pid& record);
  // The thread has ended.
  void forget(pid_t tid);

 private:
  [[nodiscard]] bool is_new(const sc_pid& record);

  // What was told of a number: that in this namespace, and the name.
  using Told = std::pair<std::uint32_t, std::string>;

  const proc::Root& proc_;
  proc::PidTranslator translator_;
  std::map<std::pair<pid_t, std::int32_t>, Told> told_;  // by thread and number; 0: itself
};

}  // namespace syscope::capture::ptrace
