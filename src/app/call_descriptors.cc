#include "app/call_descriptors.h"

#include <fcntl.h>

#include <algorithm>

#include "event/view.h"

namespace syscope::app {

using catalog::Notation;

void CallDescriptors::find(Bytes record, std::vector<std::int32_t>& found) {
  const auto* const call = event::as<sc_call>(record);
  if (call == nullptr) return;
  const decode::Options detail =
      filter_.files.any()
          ? select::full_detail(string_limit_)
          : filter_.detail(static_cast<Abi>(call->head.abi), call->nr, string_limit_);
  const decode::DecodedCall decoded = decode::decode_call(record, detail, tape_);
  const std::uint32_t end = std::min(decoded.result + 1, tape_.size());
  for (std::uint32_t at = 0; at < end; ++at) {
    const decode::Value& value = tape_[at];
    if (value.kind != decode::ValueKind::number) continue;
    const bool is_directory = value.notation == Notation::dirfd;
    if (!is_directory && value.notation != Notation::fd) continue;
    const auto number = static_cast<std::int32_t>(value.number);
    if (number >= 0 || (is_directory && number == AT_FDCWD)) found.push_back(number);
  }
}

}  // namespace syscope::app
