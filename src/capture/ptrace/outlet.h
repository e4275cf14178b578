// The way of records to the sink, in the order that a reader sees.
#pragma once

#include <vector>

#include "capture/engine.h"
#include "capture/ptrace/tracee.h"

namespace syscope::capture::ptrace {

// Delivers records, and announces calls only where somebody would see a difference: an SC_ENTER
// that the SC_CALL of the same thread follows at once says nothing new, so the newest announcement
// waits until another record is to come before the end of its call, or until nothing happens.
class Outlet {
 public:
  // Without a sink (nobody pumps) records are kept for the next one.
  void open(RecordSink& sink);
  void close() { sink_ = nullptr; }

  // Announces the call in tracee.record, now or never, as above.
  void announce(Tracee& tracee) {
    flush();
    announced_ = &tracee;
  }
  // The call in tracee.record has ended and is complete.
  void finish(Tracee& tracee);
  // A record of any other kind.
  void deliver(Bytes record) {
    flush();
    pass_on(record);
  }
  // A record that belongs inside a call of `tracee`, without cutting into it.
  void deliver_within(Tracee& tracee, Bytes record) {
    if (announced_ != &tracee) flush();
    pass_on(record);
  }
  // Nothing is to come for a while: what has been held back leaves.
  void flush();

  // How many records have gone to a sink so far.
  [[nodiscard]] std::uint64_t delivered() const { return delivered_; }
  [[nodiscard]] bool has_kept() const { return !kept_.empty(); }

 private:
  void pass_on(Bytes record);

  RecordSink* sink_ = nullptr;
  Tracee* announced_ = nullptr;  // its SC_ENTER is still here
  std::uint64_t delivered_ = 0;
  std::vector<std::uint64_t> kept_;  // whole records
};

// Now, in ns of CLOCK_MONOTONIC.
[[nodiscard]] std::uint64_t monotonic_time();

}  // namespace syscope::capture::ptrace
