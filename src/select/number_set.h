// Small sets of numbers that options name: descriptors, signals, results, messages.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace syscope::select {

// Some numbers, or all but some.
class NumberSet {
 public:
  [[nodiscard]] static NumberSet all() {
    NumberSet set;
    set.negated_ = true;
    return set;
  }
  void add(std::uint32_t number) { numbers_.push_back(number); }
  void negate() { negated_ = !negated_; }
  [[nodiscard]] bool has(std::uint32_t number) const {
    for (const std::uint32_t one : numbers_) {
      if (one == number) return !negated_;
    }
    return negated_;
  }
  [[nodiscard]] bool empty() const { return !negated_ && numbers_.empty(); }
  [[nodiscard]] bool is_all() const { return negated_ && numbers_.empty(); }

 private:
  std::vector<std::uint32_t> numbers_;
  bool negated_ = false;
};

// `[!]VALUE[,VALUE]...`, all or none. `number_of` gives the number of a value. Errors: a value
// without one (what: "invalid KIND 'value'").
[[nodiscard]] Result<NumberSet> parse_numbers(
    std::string_view text, std::string_view kind,
    const std::function<std::optional<std::uint32_t>(std::string_view)>& number_of);

// An unsigned decimal number and nothing else.
[[nodiscard]] std::optional<std::uint32_t> decimal(std::string_view text);

// A time as strace writes it: NUMBER{s|ms|us|ns}, of microseconds without a unit; the number may
// have a fraction and an exponent.
[[nodiscard]] std::optional<std::chrono::nanoseconds> duration(std::string_view text);

// Descriptors, by number.
[[nodiscard]] Result<NumberSet> parse_descriptors(std::string_view text);

// Signals, by name (INT, sigint) or number.
[[nodiscard]] Result<NumberSet> parse_signals(std::string_view text);

// How a call ended, for -e status=.
enum class Status : std::uint32_t { successful, failed, unfinished, unavailable, detached };
inline constexpr std::uint32_t status_count = 5;
[[nodiscard]] Result<NumberSet> parse_statuses(std::string_view text);

// Messages that -e quiet= keeps silent.
enum class Message : std::uint32_t { attach, exit, path_resolution, personality, superseded };
[[nodiscard]] Result<NumberSet> parse_messages(std::string_view text);

// What -e decode-fds= adds to descriptors.
enum class DescriptorDetail : std::uint32_t { path, socket, device, pidfd, eventfd, signalfd };
[[nodiscard]] Result<NumberSet> parse_descriptor_details(std::string_view text);

// What -e decode-pids= adds to process ids.
enum class PidDetail : std::uint32_t { comm, namespaces };
[[nodiscard]] Result<NumberSet> parse_pid_details(std::string_view text);

// What -e secontext= adds to files and processes.
enum class SecurityContext : std::uint32_t { full, mismatch };
[[nodiscard]] Result<NumberSet> parse_security_contexts(std::string_view text);

}  // namespace syscope::select
