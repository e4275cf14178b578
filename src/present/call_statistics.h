// Distributions of how long calls took, for each thread and for each call: --per-thread, --histogram.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "base/text_buffer.h"
#include "event/record.h"

namespace syscope::present {

// Durations on the logarithmic scale of sc_bucket_of(): eight buckets for each power of two.
class Distribution {
 public:
  void add(std::uint64_t ns);
  // What an engine counted; buckets behind the record, those that are missing are empty.
  void add(const sc_tally& tally, const std::uint32_t* buckets);
  void add(const Distribution& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }  // ns, as are the next ones
  [[nodiscard]] std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] std::uint64_t mean() const { return count_ == 0 ? 0 : total_ / count_; }
  [[nodiscard]] std::uint64_t max() const { return max_; }
  // The duration that `percent` of all did not exceed, up to the width of a bucket: 12.5 %.
  [[nodiscard]] std::uint64_t percentile(unsigned percent) const;
  // How many took at least 2^octave ns and less than twice that; octave 0 holds 0, too.
  [[nodiscard]] std::uint64_t in_octave(unsigned octave) const;

 private:
  std::uint64_t count_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t min_ = UINT64_MAX;
  std::uint64_t max_ = 0;
  std::array<std::uint64_t, SC_BUCKETS> buckets_{};
};

class CallStatistics {
 public:
  void add(const sc_head& head, std::uint32_t nr, std::string_view name, bool failed,
           std::uint64_t duration);
  // `buckets`: the record's histogram.
  void add(const sc_tally& tally, const std::uint32_t* buckets, std::string_view name);

  // A row for each thread and call, the longest total first within a thread; times in microseconds.
  void write_threads(TextBuffer& out) const;
  // How often a call, of all threads, took how long, by powers of two. `name` may be anything.
  void write_histogram(std::string_view name, TextBuffer& out) const;

 private:
  struct Row {
    std::string name;
    std::uint64_t errors = 0;
    Distribution times;
  };
  // process, thread, ABI, number
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint8_t, std::uint32_t>;
  std::map<Key, Row> rows_;
};

}  // namespace syscope::present
