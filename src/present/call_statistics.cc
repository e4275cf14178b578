#include "present/call_statistics.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <vector>

#include "present/quote.h"

namespace syscope::present {
namespace {

constexpr unsigned octaves = 37;  // sc_bucket_floor(SC_BUCKETS - 1) is below 2^37
constexpr std::size_t bar_width = 50;

template <class... Values>
void append_formatted(TextBuffer& out, const char* format, Values... values) {
  char text[160];
  const int size = std::snprintf(text, sizeof text, format, values...);
  if (size > 0) out.append({text, std::min(static_cast<std::size_t>(size), sizeof text - 1)});
}

double microseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1000; }
auto number(std::uint64_t value) { return static_cast<unsigned long long>(value); }

}  // namespace

void Distribution::add(std::uint64_t ns) {
  ++count_;
  total_ += ns;
  min_ = std::min(min_, ns);
  max_ = std::max(max_, ns);
  ++buckets_[sc_bucket_of(ns)];
}

void Distribution::add(const sc_tally& tally, const std::uint32_t* buckets) {
  count_ += tally.count;
  total_ += tally.total;
  min_ = std::min<std::uint64_t>(min_, tally.min);
  max_ = std::max<std::uint64_t>(max_, tally.max);
  const auto known = std::min<std::size_t>(tally.buckets, SC_BUCKETS);
  for (std::size_t i = 0; i < known; ++i) buckets_[i] += buckets[i];
}

void Distribution::add(const Distribution& other) {
  count_ += other.count_;
  total_ += other.total_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  for (std::size_t i = 0; i < SC_BUCKETS; ++i) buckets_[i] += other.buckets_[i];
}

std::uint64_t Distribution::percentile(unsigned percent) const {
  std::uint64_t below = 0;
  for (std::uint32_t bucket = 0; bucket + 1 < SC_BUCKETS; ++bucket) {
    below += buckets_[bucket];
    if (below * 100 < count_ * percent || below == 0) continue;
    return std::clamp<std::uint64_t>(sc_bucket_floor(bucket + 1) - 1, min(), max());
  }
  return max();
}

std::uint64_t Distribution::in_octave(unsigned octave) const {
  std::uint64_t count = 0;
  for (std::uint32_t bucket = 0; bucket < SC_BUCKETS; ++bucket) {
    const std::uint64_t floor = sc_bucket_floor(bucket);
    const unsigned own = floor == 0 ? 0 : static_cast<unsigned>(std::bit_width(floor)) - 1;
    if (own == octave) count += buckets_[bucket];
  }
  return count;
}

void CallStatistics::add(const sc_head& head, std::uint32_t nr, std::string_view name, bool failed,
                         std::uint64_t duration) {
  Row& row = rows_[{head.pid, head.tid, head.abi, nr}];
  if (row.name.empty()) row.name = name;
  if (failed) ++row.errors;
  row.times.add(duration);
}

void CallStatistics::add(const sc_tally& tally, const std::uint32_t* buckets,
                         std::string_view name) {
  const sc_head& head = tally.head;
  Row& row = rows_[{head.pid, head.tid, head.abi, tally.nr}];
  if (row.name.empty()) row.name = name;
  row.errors += tally.errors;
  row.times.add(tally, buckets);
}

void CallStatistics::write_threads(TextBuffer& out) const {
  using Entry = std::pair<const Key, Row>;
  std::vector<const Entry*> order;
  for (const Entry& entry : rows_) order.push_back(&entry);
  std::ranges::stable_sort(order, [](const Entry* left, const Entry* right) {
    const auto thread = [](const Entry* entry) {
      return std::pair(std::get<0>(entry->first), std::get<1>(entry->first));
    };
    if (thread(left) != thread(right)) return thread(left) < thread(right);
    return left->second.times.total() > right->second.times.total();
  });
  out.append(
      "\nTimes from entry to exit, in microseconds:\n"
      "    pid     tid     calls    errors        total        min       mean        max"
      "        p50        p95        p99 syscall\n");
  for (const Entry* entry : order) {
    const Distribution& times = entry->second.times;
    append_formatted(out, "%7u %7u %9llu %9llu %12.3f", std::get<0>(entry->first),
                     std::get<1>(entry->first), number(times.count()),
                     number(entry->second.errors), microseconds(times.total()));
    for (const std::uint64_t ns : {times.min(), times.mean(), times.max(), times.percentile(50),
                                   times.percentile(95), times.percentile(99)}) {
      append_formatted(out, " %10.3f", microseconds(ns));
    }
    out.append(' ');
    out.append(entry->second.name);
    out.append('\n');
  }
}

void CallStatistics::write_histogram(std::string_view name, TextBuffer& out) const {
  Distribution all;
  for (const auto& [key, row] : rows_) {
    if (row.name == name) all.add(row.times);
  }
  out.append('\n');
  append_escaped(as_bytes(name), 0, HexStrings::none, out);
  append_formatted(out, ": %llu calls", number(all.count()));
  if (all.count() == 0) return out.append('\n');
  append_formatted(out, ", mean %.3f us, p50 %.3f us, p95 %.3f us, p99 %.3f us\n",
                   microseconds(all.mean()), microseconds(all.percentile(50)),
                   microseconds(all.percentile(95)), microseconds(all.percentile(99)));
  const auto octave_of = [](std::uint64_t ns) {
    return ns == 0 ? 0U
                   : std::min(static_cast<unsigned>(std::bit_width(ns)) - 1, octaves - 1);
  };
  std::uint64_t most = 1;
  for (unsigned octave = 0; octave < octaves; ++octave) {
    most = std::max(most, all.in_octave(octave));
  }
  for (unsigned octave = octave_of(all.min()); octave <= octave_of(all.max()); ++octave) {
    const std::uint64_t count = all.in_octave(octave);
    append_formatted(out, "%14.3f us .. %14.3f us %10llu |",
                     octave == 0 ? 0.0 : microseconds(std::uint64_t{1} << octave),
                     microseconds(std::uint64_t{2} << octave), number(count));
    const std::size_t bar = static_cast<std::size_t>(count * bar_width / most);
    out.append_repeated('*', bar);
    out.append_repeated(' ', bar_width - bar);
    out.append("|\n");
  }
}

}  // namespace syscope::present
