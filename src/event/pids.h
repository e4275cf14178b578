// The process ids that a stream has told of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"
#include "event/record.h"

namespace syscope::event {

struct Pid {
  std::uint32_t translated = 0;  // in the tracer's PID namespace; 0: it has none there
  std::string comm;              // raw; empty where no thread has that number
};

// What the latest SC_PID records say, by the thread that shows the number.
class PidTable {
 public:
  // Takes an SC_PID record; one that is too short is ignored.
  void learn(Bytes record);
  // The names in SC_TASK and SC_EXEC records: of the thread itself.
  void learn_self(std::uint32_t tid, std::string_view comm) { threads_[tid].self = comm; }
  void forget(std::uint32_t tid) { threads_.erase(tid); }
  // The thread's call is over: what was learned of its end holds from now on.
  void settle(std::uint32_t tid);

  // What `number`, as thread `tid` shows it, stands for, or stood for as its call began; null where
  // nothing was told. Valid until the next change.
  [[nodiscard]] const Pid* find(std::uint32_t tid, std::int32_t number, bool at_entry) const;
  // The thread's own name; empty where it is not known.
  [[nodiscard]] std::string_view self(std::uint32_t tid) const;

 private:
  struct Thread {
    std::string self;
    std::unordered_map<std::int32_t, Pid> shown;
    std::unordered_map<std::int32_t, Pid> at_exit;  // of the call that is on, where it has changed
  };
  std::unordered_map<std::uint32_t, Thread> threads_;
};

// The text in a field of 16 bytes.
[[nodiscard]] std::string_view comm_text(const char (&comm)[16]);

}  // namespace syscope::event
