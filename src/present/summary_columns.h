// The columns of the summary table, by the names that options give them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace syscope::present {

enum class SummaryColumn : std::uint8_t {
  time_percent,
  total_time,
  min_time,
  max_time,
  avg_time,
  wall_total,
  wall_min,
  wall_max,
  wall_avg,
  calls,
  errors,
  name,
  nothing,  // as a key: do not sort
};

struct SummaryStyle {
  std::vector<SummaryColumn> columns = {SummaryColumn::time_percent, SummaryColumn::total_time,
                                        SummaryColumn::avg_time,     SummaryColumn::calls,
                                        SummaryColumn::errors,       SummaryColumn::name};
  SummaryColumn sort_by = SummaryColumn::total_time;
  bool wall_clock = false;        // -w: the time columns count from entry to exit, not on the CPU
  std::uint64_t overhead_ns = 0;  // -O: taken off each call
};

// "total-time", "total_time", "time-total", "calls", ...; nothing if there is no such column.
[[nodiscard]] std::optional<SummaryColumn> summary_column(std::string_view name);

// A list for -U, separated by commas. Errors: "unknown column name: 'x'", a column named twice.
[[nodiscard]] Result<std::vector<SummaryColumn>> parse_summary_columns(std::string_view text);

}  // namespace syscope::present
