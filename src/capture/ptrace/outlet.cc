#include "capture/ptrace/outlet.h"

#include <ctime>

#include "event/view.h"

namespace syscope::capture::ptrace {

std::uint64_t monotonic_time() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

void Outlet::open(RecordSink& sink) {
  sink_ = &sink;
  if (kept_.empty()) return;
  const std::vector<std::uint64_t> kept = std::exchange(kept_, {});
  event::Cursor cursor(std::as_bytes(std::span(kept)));
  while (const auto record = cursor.next()) pass_on(*record);
}

void Outlet::flush() {
  if (announced_ == nullptr) return;
  Tracee& tracee = *std::exchange(announced_, nullptr);
  tracee.record.head().kind = SC_ENTER;
  tracee.record.call().duration = monotonic_time() - tracee.record.head().time;
  pass_on(tracee.record.finish());
}

void Outlet::finish(Tracee& tracee) {
  if (announced_ == &tracee) {
    announced_ = nullptr;
  } else {
    flush();
  }
  tracee.record.head().kind = SC_CALL;
  pass_on(tracee.record.finish());
}

void Outlet::pass_on(Bytes record) {
  if (sink_ == nullptr) {
    const auto* const words = reinterpret_cast<const std::uint64_t*>(record.data());
    kept_.insert(kept_.end(), words, words + record.size() / 8);
    return;
  }
  sink_->accept(record);
  ++delivered_;
}

}  // namespace syscope::capture::ptrace
