#include "select/number_set.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <string>

#include "abi/names.h"

namespace syscope::select {
namespace {

struct Word {
  std::string_view text;
  std::uint32_t number;
};

template <class Enum>
constexpr Word word(std::string_view text, Enum number) {
  return {text, static_cast<std::uint32_t>(number)};
}

Result<NumberSet> parse_words(std::string_view text, std::string_view kind,
                              std::span<const Word> words) {
  return parse_numbers(text, kind, [&](std::string_view value) -> std::optional<std::uint32_t> {
    const auto found = std::ranges::find(words, value, &Word::text);
    return found == words.end() ? std::nullopt : std::optional(found->number);
  });
}

}  // namespace

std::optional<std::uint32_t> decimal(std::string_view text) {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::optional<std::chrono::nanoseconds> duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double nanoseconds;
  };
  constexpr Unit units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  constexpr double longest = 9e18;
  double unit = 1e3;
  for (const Unit& one : units) {
    if (!text.ends_with(one.name)) continue;
    unit = one.nanoseconds;
    text.remove_suffix(one.name.size());
    break;
  }
  if (text.starts_with('+')) text.remove_prefix(1);
  double count = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  const bool sound = error == std::errc{} && stop == end && count >= 0 && count * unit <= longest;
  if (!sound) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(count * unit));
}

Result<NumberSet> parse_numbers(
    std::string_view text, std::string_view kind,
    const std::function<std::optional<std::uint32_t>(std::string_view)>& number_of) {
  const auto invalid = [&](std::string_view value) {
    return fail(Cause::usage, "invalid " + std::string(kind) + " '" + std::string(value) + "'");
  };
  std::string_view rest = text;
  bool negated = false;
  while (rest.starts_with('!')) {
    negated = !negated;
    rest.remove_prefix(1);
  }
  NumberSet set;
  if (rest == "all") {
    set = NumberSet::all();
  } else if (rest != "none") {
    bool any = false;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view value = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      if (value.empty()) continue;
      const auto number = number_of(value);
      if (!number) return invalid(value);
      set.add(*number);
      any = true;
    }
    if (!any) return invalid(text);
  }
  if (negated) set.negate();
  return set;
}

Result<NumberSet> parse_descriptors(std::string_view text) {
  return parse_numbers(text, "descriptor", [](std::string_view value) {
    const auto number = decimal(value);
    return number && *number <= INT32_MAX ? number : std::nullopt;
  });
}

Result<NumberSet> parse_signals(std::string_view text) {
  return parse_numbers(text, "signal", [](std::string_view value) -> std::optional<std::uint32_t> {
    if (const auto number = decimal(value)) return *number < 256 ? number : std::nullopt;
    const auto number = signal_number(value);
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
  });
}

Result<NumberSet> parse_statuses(std::string_view text) {
  static constexpr Word words[] = {
      word("successful", Status::successful), word("failed", Status::failed),
      word("unfinished", Status::unfinished), word("unavailable", Status::unavailable),
      word("detached", Status::detached),
  };
  return parse_words(text, "status", words);
}

Result<NumberSet> parse_messages(std::string_view text) {
  static constexpr Word words[] = {
      word("attach", Message::attach),
      word("exit", Message::exit),
      word("exits", Message::exit),
      word("path-resolution", Message::path_resolution),
      word("path-resolve", Message::path_resolution),
      word("personality", Message::personality),
      word("thread-execve", Message::superseded),
      word("superseded", Message::superseded),
  };
  return parse_words(text, "quiet", words);
}

Result<NumberSet> parse_descriptor_details(std::string_view text) {
  static constexpr Word words[] = {
      word("path", DescriptorDetail::path),       word("socket", DescriptorDetail::socket),
      word("dev", DescriptorDetail::device),      word("pidfd", DescriptorDetail::pidfd),
      word("eventfd", DescriptorDetail::eventfd), word("signalfd", DescriptorDetail::signalfd),
  };
  return parse_words(text, "decode-fds", words);
}

Result<NumberSet> parse_pid_details(std::string_view text) {
  static constexpr Word words[] = {word("comm", PidDetail::comm),
                                   word("pidns", PidDetail::namespaces)};
  return parse_words(text, "decode-pids", words);
}

Result<NumberSet> parse_security_contexts(std::string_view text) {
  static constexpr Word words[] = {word("full", SecurityContext::full),
                                   word("mismatch", SecurityContext::mismatch)};
  return parse_words(text, "secontext", words);
}

}  // namespace syscope::select
