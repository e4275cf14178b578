#include "present/summary_columns.h"

#include <algorithm>
#include <string>

namespace syscope::present {
namespace {

struct NamedColumn {
  std::string_view name;
  SummaryColumn column;
};

constexpr NamedColumn names[] = {
    {"time", SummaryColumn::time_percent},
    {"time-percent", SummaryColumn::time_percent},
    {"percent-time", SummaryColumn::time_percent},
    {"total-time", SummaryColumn::total_time},
    {"time-total", SummaryColumn::total_time},
    {"min-time", SummaryColumn::min_time},
    {"time-min", SummaryColumn::min_time},
    {"shortest", SummaryColumn::min_time},
    {"max-time", SummaryColumn::max_time},
    {"time-max", SummaryColumn::max_time},
    {"longest", SummaryColumn::max_time},
    {"avg-time", SummaryColumn::avg_time},
    {"time-avg", SummaryColumn::avg_time},
    {"wall-total", SummaryColumn::wall_total},
    {"total-wall", SummaryColumn::wall_total},
    {"wall-min", SummaryColumn::wall_min},
    {"min-wall", SummaryColumn::wall_min},
    {"wall-max", SummaryColumn::wall_max},
    {"max-wall", SummaryColumn::wall_max},
    {"wall-avg", SummaryColumn::wall_avg},
    {"avg-wall", SummaryColumn::wall_avg},
    {"calls", SummaryColumn::calls},
    {"count", SummaryColumn::calls},
    {"errors", SummaryColumn::errors},
    {"error", SummaryColumn::errors},
    {"name", SummaryColumn::name},
    {"syscall", SummaryColumn::name},
    {"syscall-name", SummaryColumn::name},
    {"nothing", SummaryColumn::nothing},
    {"none", SummaryColumn::nothing},
};

}  // namespace

std::optional<SummaryColumn> summary_column(std::string_view name) {
  std::string spelled(name);
  std::ranges::replace(spelled, '_', '-');
  const auto found = std::ranges::find(names, spelled, &NamedColumn::name);
  return found == std::end(names) ? std::nullopt : std::optional(found->column);
}

Result<std::vector<SummaryColumn>> parse_summary_columns(std::string_view text) {
  std::vector<SummaryColumn> columns;
  std::string_view rest = text;
  while (true) {
    const std::string_view name = rest.substr(0, rest.find(','));
    const auto column = summary_column(name);
    if (!column || *column == SummaryColumn::nothing) {
      return fail(Cause::usage, "unknown column name: '" + std::string(name) + "'");
    }
    if (std::ranges::find(columns, *column) != columns.end()) {
      return fail(Cause::usage, "call summary column has been provided more than once: '" +
                                    std::string(name) + "' (-U option residual: '" +
                                    std::string(rest) + "')");
    }
    columns.push_back(*column);
    if (name.size() == rest.size()) return columns;
    rest.remove_prefix(name.size() + 1);
  }
}

}  // namespace syscope::present
