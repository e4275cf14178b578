#include "app/call_descriptors.h"

#include <fcntl.h>

#include <algorithm>

#include "catalog/find.h"
#include "event/view.h"

namespace syscope::app {

using catalog::Notation;

namespace {

// The requests that terminals and sound devices have in common: SNDCTL_TMR_START or TCSETS, and two
// more.
constexpr std::uint32_t first_common = 0x5402;
constexpr std::uint32_t last_common = 0x5404;

void find_device(const sc_call& call, std::vector<std::int32_t>& found) {
  const auto request = static_cast<std::uint32_t>(call.args[1]);
  if (request < first_common || request > last_common) return;
  const catalog::Call* const row =
      catalog::find_call(catalog::tables(static_cast<Abi>(call.head.abi)), call.nr);
  if (row == nullptr || catalog::text(row->name) != "ioctl") return;
  const auto number = static_cast<std::int32_t>(call.args[0]);
  if (number >= 0) found.push_back(number);
}

}  // namespace

void CallDescriptors::find(Bytes record, std::vector<std::int32_t>& found) {
  const auto* const call = event::as<sc_call>(record);
  if (call == nullptr) return;
  if (!all_) return find_device(*call, found);
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
