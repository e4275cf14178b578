#include "select/injection.h"

#include <cerrno>
#include <charconv>

#include "abi/names.h"
#include "select/number_set.h"

namespace syscope::select {
namespace {

constexpr std::int64_t largest_error = 4095;

// Any base that strtoull(3) knows by its prefix.
std::optional<std::uint64_t> number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.starts_with('0')) {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

// NUMBER{s|ms|us|ns}; microseconds without a unit.
std::optional<std::chrono::nanoseconds> delay(std::string_view text) {
  std::uint64_t unit = 1'000;
  struct Unit {
    std::string_view name;
    std::uint64_t nanoseconds;
  };
  constexpr Unit units[] = {{"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}};
  for (const Unit& one : units) {
    if (!text.ends_with(one.name)) continue;
    unit = one.nanoseconds;
    text.remove_suffix(one.name.size());
    break;
  }
  const auto count = decimal(text);
  if (!count) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(*count * unit));
}

// FIRST[..LAST][+[STEP]]
std::optional<Occasions> occasions(std::string_view text) {
  Occasions when;
  const std::size_t plus = text.find('+');
  const std::string_view range = text.substr(0, plus);
  const std::size_t dots = range.find("..");
  const auto first = decimal(range.substr(0, dots));
  if (!first || *first == 0 || *first > 0xffff) return std::nullopt;
  when.first = *first;
  const bool has_last = dots != std::string_view::npos;
  if (has_last) {
    const auto last = decimal(range.substr(dots + 2));
    if (!last || *last < when.first) return std::nullopt;
    when.last = *last;
  } else if (plus == std::string_view::npos) {
    when.last = when.first;
  }
  if (plus != std::string_view::npos && plus + 1 < text.size()) {
    const auto step = decimal(text.substr(plus + 1));
    if (!step || *step == 0) return std::nullopt;
    when.step = *step;
  }
  return when;
}

template <class Optional, class Target>
bool take(const Optional& value, Target& to) {
  if (!value) return false;
  to = *value;
  return true;
}

std::optional<int> error_value(std::string_view text) {
  if (const auto code = decimal(text)) {
    return *code > 0 && *code <= largest_error ? std::optional(static_cast<int>(*code))
                                               : std::nullopt;
  }
  return error_number(text);
}

std::optional<int> signal_value(std::string_view text) {
  if (const auto code = decimal(text)) {
    return *code > 0 && *code < signal_count ? std::optional(static_cast<int>(*code))
                                             : std::nullopt;
  }
  return signal_number(text);
}

bool take_option(std::string_view option, bool is_fault, Injection& injection) {
  const std::size_t equals = option.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view name = option.substr(0, equals);
  const std::string_view value = option.substr(equals + 1);
  if (name == "when") return take(occasions(value), injection.when);
  if (name == "error") {
    return !injection.error && !injection.result && take(error_value(value), injection.error);
  }
  if (is_fault) return false;
  if (name == "retval") {
    const auto result = number(value);
    if (injection.error || injection.result || !result) return false;
    injection.result = static_cast<std::int64_t>(*result);
    return true;
  }
  if (name == "signal") return take(signal_value(value), injection.signal);
  if (name == "delay_enter") return take(delay(value), injection.delay_at_entry);
  if (name == "delay_exit") return take(delay(value), injection.delay_at_exit);
  if (name == "syscall") {
    injection.replacement = value;
    const auto call = parse_calls(value);
    return call.has_value() && !call->is_all();
  }
  if (name == "poke_enter" && value.starts_with("@arg")) {
    injection.poke_at_entry = value;
    return true;
  }
  if (name == "poke_exit" && value.starts_with("@arg")) {
    injection.poke_at_exit = value;
    return true;
  }
  return false;
}

}  // namespace

Result<Injection> parse_injection(std::string_view text, std::string_view kind) {
  const auto invalid = [&] {
    return fail(Cause::usage,
                "invalid " + std::string(kind) + " argument '" + std::string(text) + "'");
  };
  const bool is_fault = kind == "fault";
  Injection injection;
  const std::size_t colon = text.find(':');
  auto calls = parse_calls(text.substr(0, colon));
  if (!calls) return std::unexpected(calls.error());
  injection.calls = *calls;
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  bool any = false;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (!take_option(rest.substr(0, end), is_fault, injection)) return invalid();
    any = true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (is_fault && !injection.error) {
    injection.error = ENOSYS;
  } else if (!any) {
    return invalid();
  }
  return injection;
}

}  // namespace syscope::select
