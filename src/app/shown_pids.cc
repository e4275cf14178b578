#include "app/shown_pids.h"

#include "event/view.h"

namespace syscope::app {

using catalog::Notation;

void ShownPids::find(Bytes record, std::vector<std::int32_t>& found) {
  if (event::head(record).kind == SC_SIGNAL) {
    (void)decode::decode_signal(record, tape_);
  } else {
    const auto* const call = event::as<sc_call>(record);
    if (call == nullptr) return;
    const auto abi = static_cast<Abi>(call->head.abi);
    (void)decode::decode_call(record, filter_.detail(abi, call->nr, string_limit_), tape_);
  }
  for (std::uint32_t at = 0; at < tape_.size(); ++at) {
    const decode::Value& value = tape_[at];
    const bool is_pid = value.notation == Notation::pid || value.notation == Notation::tid ||
                        value.notation == Notation::pgid;
    if (is_pid && value.kind == decode::ValueKind::number) {
      found.push_back(static_cast<std::int32_t>(value.number));
    }
  }
}

}  // namespace syscope::app
