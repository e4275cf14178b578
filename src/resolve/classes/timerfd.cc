#include <charconv>

#include "resolve/classes/classes.h"

namespace syscope::resolve {
namespace {

std::string_view clock_name(std::uint64_t clock) {
  switch (clock) {
    case 0: return "CLOCK_REALTIME";
    case 1: return "CLOCK_MONOTONIC";
    case 7: return "CLOCK_BOOTTIME";
    case 8: return "CLOCK_REALTIME_ALARM";
    case 9: return "CLOCK_BOOTTIME_ALARM";
    default: return {};
  }
}

// "(0, 49406829)" as "0.049406829".
std::string seconds_text(std::string_view pair) {
  std::uint64_t seconds = 0;
  std::uint64_t nanoseconds = 0;
  const char* const end = pair.data() + pair.size();
  if (!pair.starts_with('(')) return {};
  const auto first = std::from_chars(pair.data() + 1, end, seconds);
  if (first.ptr + 2 >= end) return {};
  std::from_chars(first.ptr + 2, end, nanoseconds);
  const std::string fraction = std::to_string(nanoseconds);
  return std::to_string(seconds) + '.' +
         std::string(9 - std::min<std::size_t>(9, fraction.size()), '0') + fraction;
}

void describe(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  if (const auto clock = info.number("clockid")) {
    const std::string_view name = clock_name(*clock);
    add_detail(file, "clock", name.empty() ? std::to_string(*clock) : std::string(name));
  }
  copy_field(info, file, "ticks", "ticks", true);
  if (const auto left = info.field("it_value")) add_detail(file, "remaining", seconds_text(*left));
  if (const auto every = info.field("it_interval"))
    add_detail(file, "interval", seconds_text(*every));
}

}  // namespace

const DescriptorClass timerfd_class = {FileClass::timerfd, "timerfd", "a_inode", "timerfd",
                                       describe};

}  // namespace syscope::resolve
