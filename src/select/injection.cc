#include "select/injection.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>
#include <vector>

#include "abi/names.h"
#include "select/call_set.h"
#include "select/number_set.h"

namespace syscope::select {
namespace {

using capture::Injection;
using capture::Poke;

constexpr std::int64_t largest_error = 4095;
constexpr std::size_t largest_poke = 1024;  // bytes

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

// FIRST[..LAST][+[STEP]]
bool take_occasions(std::string_view text, Injection& when) {
  const std::size_t plus = text.find('+');
  const std::string_view range = text.substr(0, plus);
  const std::size_t dots = range.find("..");
  const auto first = decimal(range.substr(0, dots));
  if (!first || *first == 0 || *first > 0xffff) return false;
  when.first = *first;
  when.last = UINT32_MAX;
  when.step = 1;
  if (dots != std::string_view::npos) {
    const auto last = decimal(range.substr(dots + 2));
    if (!last || *last < when.first || *last >= 0xffff) return false;
    when.last = *last;
  } else if (plus == std::string_view::npos) {
    when.last = when.first;
  }
  if (plus != std::string_view::npos && plus + 1 < text.size()) {
    const auto step = decimal(text.substr(plus + 1));
    if (!step || *step == 0 || *step > 0xffff) return false;
    when.step = *step;
  }
  return true;
}

// A call without arguments that cannot fail; anything else in its place would do what it likes.
bool take_replacement(std::string_view name, Injection& injection) {
  const auto calls = parse_calls(name);
  const auto pure = parse_calls("%pure");
  if (!calls || !pure || name.starts_with('%')) return false;
  for (const Abi abi : {Abi::x86_64, Abi::i386, Abi::x32, Abi::arm64}) {
    for (std::uint32_t nr = 0; nr < CallSet::limit; ++nr) {
      if (!calls->has(abi, nr)) continue;
      if (!pure->has(abi, nr)) return false;
      injection.replacement[static_cast<std::size_t>(abi)] = nr;
    }
  }
  return true;
}

std::optional<std::byte> hex_byte(std::string_view digits) {
  unsigned value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return static_cast<std::byte>(value);
}

// @argN=HEX[,@argN=HEX]...
bool take_pokes(std::string_view text, std::vector<Poke>& pokes) {
  constexpr std::string_view mark = "@arg";
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    if (!one.starts_with(mark) || one.size() < 8 || one[4] < '1' || one[4] > '6' || one[5] != '=') {
      return false;
    }
    Poke poke{.argument = static_cast<unsigned>(one[4] - '1'), .bytes = {}};
    const std::string_view digits = one.substr(6);
    if (digits.size() % 2 != 0 || digits.size() > 2 * largest_poke) return false;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
      const auto byte = hex_byte(digits.substr(i, 2));
      if (!byte) return false;
      poke.bytes.push_back(*byte);
    }
    for (const Poke& other : pokes) {
      if (other.argument == poke.argument) return false;
    }
    pokes.push_back(std::move(poke));
  }
  return !pokes.empty();
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

// What has been given so far; nothing may come twice, but `when`.
struct Given {
  std::vector<std::string_view> names;
  bool any = false;
};

bool take_result(std::string_view name, std::string_view value, Injection& injection) {
  if (name == "error") {
    const auto error = error_value(value);
    if (error) injection.result = -*error;
    return error.has_value();
  }
  const auto result = number(value);
  if (result) injection.result = static_cast<std::int64_t>(*result);
  injection.is_success = true;
  return result.has_value();
}

bool take_option(std::string_view option, bool is_fault, Injection& injection, Given& given) {
  const std::size_t equals = option.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view name = option.substr(0, equals);
  const std::string_view value = option.substr(equals + 1);
  if (name == "when") return take_occasions(value, injection);
  const bool is_result = name == "error" || name == "retval";
  const std::string_view kind = is_result ? "result" : name;
  if (std::ranges::find(given.names, kind) != given.names.end()) return false;
  given.names.push_back(kind);
  given.any |= name != "syscall";  // which needs a result to go with it
  if (name == "syscall") return take_replacement(value, injection);
  if (name == "error" || (is_result && !is_fault)) return take_result(name, value, injection);
  if (is_fault) return false;
  if (name == "signal") return take(signal_value(value), injection.signal);
  if (name == "delay_enter") return take(duration(value), injection.delay_at_entry);
  if (name == "delay_exit") return take(duration(value), injection.delay_at_exit);
  if (name == "poke_enter") return take_pokes(value, injection.pokes_at_entry);
  if (name == "poke_exit") return take_pokes(value, injection.pokes_at_exit);
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
  injection.calls = calls->wanted();
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  Given given;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (!take_option(rest.substr(0, end), is_fault, injection, given)) return invalid();
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (is_fault && !injection.result) injection.result = -ENOSYS;
  if (!injection.result) injection.replacement = {};  // nothing is replaced without a result
  if (!is_fault && !given.any) return invalid();
  return injection;
}

}  // namespace syscope::select
