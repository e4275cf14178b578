#include "present/summary.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace syscope::present {
namespace {

struct Heading {
  std::string_view text;
  std::size_t width;
};

constexpr Heading headings[] = {
    {"% time", 6},      {"seconds", 11},    {"shortest", 8}, {"longest", 8},
    {"usecs/call", 11}, {"wall-total", 11}, {"wall-min", 8}, {"wall-max", 8},
    {"wall-avg", 11},   {"calls", 9},       {"errors", 9},   {"syscall", 16},
};

const Heading& heading(SummaryColumn column) { return headings[static_cast<std::size_t>(column)]; }

std::uint64_t average(std::uint64_t total, std::uint64_t calls) {
  return calls == 0 ? 0 : total / calls;
}

void append_right(std::string_view text, std::size_t width, TextBuffer& out) {
  if (text.size() < width) out.append_repeated(' ', width - text.size());
  out.append(text);
}

// A name, with spaces behind it unless it is the last in its line.
void append_left(std::string_view text, std::size_t width, bool last, TextBuffer& out) {
  out.append(text);
  if (!last && text.size() < width) out.append_repeated(' ', width - text.size());
}

}  // namespace

void Summary::Times::add(std::uint64_t ns) {
  total += ns;
  min = std::min(min, ns);
  max = std::max(max, ns);
}

void Summary::Times::add(const Times& other) {
  total += other.total;
  min = std::min(min, other.min);
  max = std::max(max, other.max);
}

void Summary::finish(const decode::DecodedCall& call, const decode::Tape&) {
  if (call.record == nullptr || (call.record->head.flags & SC_NO_RETURN) != 0) return;
  const sc_call& record = *call.record;
  Row& row = rows_[record.head.abi % 4][record.nr];
  if (row.calls == 0) row.name = call.name;
  ++row.calls;
  if (call.failed) ++row.errors;
  const auto without_overhead = [&](std::uint64_t ns) {
    return ns > style_.overhead_ns ? ns - style_.overhead_ns : 0;
  };
  const std::uint64_t blocked = record.blocked == SC_UNKNOWN ? 0 : record.blocked;
  row.wall.add(without_overhead(record.duration));
  row.cpu.add(without_overhead(record.duration - std::min(blocked, record.duration)));
}

void Summary::tally(const sc_tally& tally, std::string_view name) {
  Row& row = rows_[tally.head.abi % 4][tally.nr];
  if (row.calls == 0) row.name = name;
  row.calls += tally.count;
  row.errors += tally.errors;
  const std::uint64_t blocked = tally.blocked == SC_UNKNOWN ? 0 : tally.blocked;
  row.wall.add(Times{tally.total, tally.min, tally.max});
  row.cpu.add(Times{tally.total - std::min<std::uint64_t>(blocked, tally.total), tally.min, tally.max});
}

std::uint64_t Summary::sort_key(const Row& row) const {
  switch (style_.sort_by) {
    case SummaryColumn::time_percent:
    case SummaryColumn::total_time: return times(row).total;
    case SummaryColumn::min_time: return times(row).min;
    case SummaryColumn::max_time: return times(row).max;
    case SummaryColumn::avg_time: return average(times(row).total, row.calls);
    case SummaryColumn::wall_total: return row.wall.total;
    case SummaryColumn::wall_min: return row.wall.min;
    case SummaryColumn::wall_max: return row.wall.max;
    case SummaryColumn::wall_avg: return average(row.wall.total, row.calls);
    case SummaryColumn::calls: return row.calls;
    case SummaryColumn::errors: return row.errors;
    case SummaryColumn::name:
    case SummaryColumn::nothing: return 0;
  }
  return 0;
}

void Summary::write_row(const Row& row, const Row& total, std::size_t name_width,
                        TextBuffer& out) const {
  std::array<char, 40> text;
  const auto print = [&](const char* format, auto value) {
    const int size = std::snprintf(text.data(), text.size(), format, value);
    return std::string_view(text.data(), static_cast<std::size_t>(size));
  };
  const auto seconds = [&](std::uint64_t ns) {
    return print("%.6f", static_cast<double>(ns) / 1e9);
  };
  const auto microseconds = [&](std::uint64_t ns) {
    return print("%llu", static_cast<unsigned long long>(ns / 1000));
  };
  const auto count = [&](std::uint64_t value) {
    return print("%llu", static_cast<unsigned long long>(value));
  };
  for (const SummaryColumn& column : style_.columns) {
    const bool last = &column == &style_.columns.back();
    if (&column != &style_.columns.front()) out.append(' ');
    const std::size_t width = heading(column).width;
    const Times& shown = times(row);
    std::string_view cell;
    switch (column) {
      case SummaryColumn::time_percent: {
        const std::uint64_t all = times(total).total;
        const double part =
            &row == &total ? 100.0
            : all == 0     ? 0.0
                           : 100.0 * static_cast<double>(shown.total) / static_cast<double>(all);
        cell = print("%.2f", part);
        break;
      }
      case SummaryColumn::total_time: cell = seconds(shown.total); break;
      case SummaryColumn::min_time: cell = seconds(shown.min); break;
      case SummaryColumn::max_time: cell = seconds(shown.max); break;
      case SummaryColumn::avg_time: cell = microseconds(average(shown.total, row.calls)); break;
      case SummaryColumn::wall_total: cell = seconds(row.wall.total); break;
      case SummaryColumn::wall_min: cell = seconds(row.wall.min); break;
      case SummaryColumn::wall_max: cell = seconds(row.wall.max); break;
      case SummaryColumn::wall_avg: cell = microseconds(average(row.wall.total, row.calls)); break;
      case SummaryColumn::calls: cell = count(row.calls); break;
      case SummaryColumn::errors:
        if (row.errors != 0) cell = count(row.errors);
        break;
      case SummaryColumn::name: append_left(row.name, name_width, last, out); continue;
      case SummaryColumn::nothing: continue;
    }
    append_right(cell, width, out);
  }
  out.append('\n');
}

void Summary::write_table(const Rows& rows, TextBuffer& out) const {
  std::vector<const Row*> order;
  Row total;
  total.name = "total";
  std::size_t name_width = heading(SummaryColumn::name).width;
  for (const auto& [number, row] : rows) {
    order.push_back(&row);
    name_width =
        std::max(name_width, row.name.size() + 1);  // strace counts the end of the string, too
    total.calls += row.calls;
    total.errors += row.errors;
    total.cpu.add(row.cpu);
    total.wall.add(row.wall);
  }
  if (style_.sort_by == SummaryColumn::name) {
    std::ranges::stable_sort(order, {}, &Row::name);
  } else {
    std::ranges::stable_sort(order, std::ranges::greater{},
                             [&](const Row* row) { return sort_key(*row); });
  }
  const auto width_of = [&](SummaryColumn column) {
    return column == SummaryColumn::name ? name_width : heading(column).width;
  };
  const auto write_rule = [&] {
    for (const SummaryColumn& column : style_.columns) {
      if (&column != &style_.columns.front()) out.append(' ');
      out.append_repeated('-', width_of(column));
    }
    out.append('\n');
  };
  for (const SummaryColumn& column : style_.columns) {
    if (&column != &style_.columns.front()) out.append(' ');
    if (column == SummaryColumn::name) {
      append_left(heading(column).text, name_width, &column == &style_.columns.back(), out);
    } else {
      append_right(heading(column).text, heading(column).width, out);
    }
  }
  out.append('\n');
  write_rule();
  for (const Row* row : order) write_row(*row, total, name_width, out);
  write_rule();
  write_row(total, total, name_width, out);
}

void Summary::write(TextBuffer& out) const {
  constexpr std::string_view modes[] = {"64 bit", "32 bit", "x32", "64 bit"};
  for (std::size_t abi = 0; abi < std::size(rows_); ++abi) {
    if (rows_[abi].empty()) continue;
    if (abi == SC_ABI_I386 || abi == SC_ABI_X32) {
      out.append("System call usage summary for ");
      out.append(modes[abi]);
      out.append(" mode:\n");
    }
    write_table(rows_[abi], out);
  }
  if (lost_ != 0) {
    out.append("!!! ");
    out.append_decimal(lost_);
    out.append(lost_ == 1 ? " call was lost and is not counted\n"
                          : " calls were lost and are not counted\n");
  }
}

}  // namespace syscope::present
