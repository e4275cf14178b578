// Calls that were already in progress when the trace began.
#pragma once

#include "capture/engine.h"
#include "capture/plan_run.h"
#include "capture/record_buffer.h"
#include "catalog/tables.h"

namespace syscope::capture::bpf {

// Passes records on; to each SC_ENTER it adds the blocks of the plan's entry phase. The thread sleeps
// in its call and is not disturbed: its memory is read from outside, process_vm_readv(2).
class InFlightReader final : public RecordSink {
 public:
  InFlightReader(const Request& request, const catalog::Tables& native, const catalog::Tables& compat,
                 RecordSink& sink)
      : runner_(request.string_limit, request.abbreviate), native_(native), compat_(compat), sink_(sink) {}

  void accept(Bytes record) override;

 private:
  PlanRunner runner_;
  RecordBuffer buffer_;
  const catalog::Tables& native_;
  const catalog::Tables& compat_;
  RecordSink& sink_;
};

}  // namespace syscope::capture::bpf
