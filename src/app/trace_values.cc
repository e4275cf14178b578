#include "app/trace_values.h"

#include <algorithm>
#include <cctype>
#include <climits>
#include <string>

namespace syscope::app {

using present::SecondsPrecision;
using std::string_view;

namespace {

template <class Value>
struct Word {
  string_view word;
  Value value;
};

template <class Value, std::size_t count>
std::optional<Value> find(const Word<Value> (&words)[count], string_view text) {
  for (const Word<Value>& one : words) {
    if (one.word == text) return one.value;
  }
  return std::nullopt;
}

// Takes `prefix` off; whether it was there.
bool take_prefix(string_view& text, string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::vector<string_view> split(string_view text, string_view separators) {
  std::vector<string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end != 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<SecondsPrecision> precision_of(string_view text) {
  static constexpr Word<SecondsPrecision> words[] = {{"s", SecondsPrecision::seconds},
                                                     {"ms", SecondsPrecision::milliseconds},
                                                     {"us", SecondsPrecision::microseconds},
                                                     {"ns", SecondsPrecision::nanoseconds}};
  return find(words, text);
}

bool read_timestamps(string_view value, present::PrefixStyle& style) {
  static constexpr Word<present::Clock> formats[] = {{"none", present::Clock::none},
                                                     {"time", present::Clock::time_of_day},
                                                     {"unix", present::Clock::unix_time}};
  if (style.clock == present::Clock::none) style.clock = present::Clock::time_of_day;
  for (string_view part : split(value, ",")) {
    const bool is_format = take_prefix(part, "format:");
    const bool is_precision = !is_format && take_prefix(part, "precision:");
    const auto precision = is_format ? std::nullopt : precision_of(part);
    const auto format = is_precision ? std::nullopt : find(formats, part);
    if (precision) {
      style.clock_precision = *precision;
    } else if (format) {
      style.clock = *format;
    } else {
      return false;
    }
  }
  return true;
}

bool read_tips(string_view value, TipChoice& choice) {
  static constexpr Word<TipFormat> formats[] = {
      {"none", TipFormat::none}, {"compact", TipFormat::compact}, {"full", TipFormat::full}};
  if (choice.format == TipFormat::none) choice.format = TipFormat::compact;
  for (string_view part : split(value, ",")) {
    const bool is_id = take_prefix(part, "id:");
    const bool is_format = !is_id && take_prefix(part, "format:");
    const auto format = is_id ? std::nullopt : find(formats, part);
    const auto number = is_format ? std::nullopt : select::decimal(part);
    if (format) {
      choice.format = *format;
    } else if (number && *number <= INT_MAX) {
      choice.id = *number;
    } else if (!is_format && part == "random") {
      choice.id.reset();
    } else {
      return false;
    }
  }
  return true;
}

std::optional<Interruptible> interruptible_of(string_view value) {
  static constexpr Word<Interruptible> words[] = {
      {"1", Interruptible::anywhere},      {"anywhere", Interruptible::anywhere},
      {"always", Interruptible::anywhere}, {"2", Interruptible::waiting},
      {"waiting", Interruptible::waiting}, {"3", Interruptible::never},
      {"never", Interruptible::never},     {"4", Interruptible::never_tstp},
      {"never_tstp", Interruptible::never_tstp}};
  return find(words, value);
}

std::optional<present::ConstantStyle> constants_of(string_view value) {
  static constexpr Word<present::ConstantStyle> words[] = {
      {"raw", present::ConstantStyle::raw},
      {"abbrev", present::ConstantStyle::names},
      {"verbose", present::ConstantStyle::verbose}};
  return find(words, value);
}

std::optional<int> daemonize_of(string_view given) {
  static constexpr Word<int> words[] = {
      {"", 1}, {"grandchild", 1}, {"pgroup", 2}, {"pgrp", 2}, {"session", 3}};
  std::string value(given);
  std::ranges::transform(value, value.begin(), [](unsigned char c) { return std::tolower(c); });
  return find(words, value);
}

std::optional<Color> color_of(string_view value) {
  static constexpr Word<Color> words[] = {{"", Color::automatic},
                                          {"auto", Color::automatic},
                                          {"always", Color::always},
                                          {"never", Color::never}};
  return find(words, value);
}

std::optional<present::HexStrings> hex_strings_of(string_view value) {
  using present::HexStrings;
  static constexpr Word<HexStrings> words[] = {{"", HexStrings::all},
                                               {"all", HexStrings::all},
                                               {"none", HexStrings::none},
                                               {"non-ascii", HexStrings::non_ascii},
                                               {"non-ascii-chars", HexStrings::non_ascii_chars}};
  return find(words, value);
}

std::optional<StackDetail> stack_detail_of(string_view value) {
  static constexpr Word<StackDetail> words[] = {{"", StackDetail::symbol},
                                                {"symbol", StackDetail::symbol},
                                                {"source", StackDetail::source}};
  return find(words, value);
}

std::optional<EngineChoice> engine_of(string_view value) {
  static constexpr Word<EngineChoice> words[] = {{"auto", EngineChoice::automatic},
                                                 {"ptrace", EngineChoice::ptrace},
                                                 {"bpf", EngineChoice::bpf}};
  return find(words, value);
}

}  // namespace syscope::app
