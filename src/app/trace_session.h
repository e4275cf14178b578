// For each record: decode, select, print.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "app/trace_options.h"
#include "app/trace_output.h"
#include "capture/engine.h"
#include "decode/decode.h"
#include "event/files.h"
#include "event/pids.h"
#include "present/call_statistics.h"
#include "present/presenter.h"
#include "present/summary.h"

namespace syscope::app {

class TraceSession final : public capture::RecordSink {
 public:
  // Both outlive the session.
  TraceSession(const TraceOptions& options, TraceOutput& output);

  void accept(Bytes record) override;
  // Writes the summary where one was asked for.
  void finish();

  // The engine was told to let go, which interrupts calls: those are not over, just not seen
  // further.
  void expect_detach() { detaching_ = true; }

  // Calls shown so far.
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  // Records that the engine had no room for.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  // The time of the latest record: ns of CLOCK_MONOTONIC.
  [[nodiscard]] std::uint64_t now() const { return now_; }

 private:
  void take_call(Bytes record, bool finished);
  [[nodiscard]] bool speaks_of_wanted_file(Bytes record);
  void take_tally(Bytes record);
  void take_signal(Bytes record);
  void take_task(const sc_task& record);
  void take_exit(const sc_exit& record);
  [[nodiscard]] bool shows_detached() const;
  void tell_nameless(const sc_call& call);
  [[nodiscard]] bool wants_note(unsigned about) const;
  void say(std::string_view message, std::uint32_t pid, std::string_view what);
  template <class Function>
  void present(Function function) {
    for (const auto& presenter : presenters_) function(*presenter);
  }

  const TraceOptions& options_;
  TraceOutput& output_;
  event::FileTable files_;
  event::PidTable pids_;
  decode::Tape tape_;
  std::vector<std::unique_ptr<present::Presenter>> presenters_;
  present::Summary* summary_ = nullptr;  // one of the presenters
  std::optional<present::CallStatistics> statistics_;  // where any are wanted
  bool detaching_ = false;
  bool shown_ = false;  // what came last; a stack belongs to it
  std::uint64_t calls_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t now_ = 0;
};

}  // namespace syscope::app
