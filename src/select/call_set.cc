#include "select/call_set.h"

#include <regex.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/similar_words.h"
#include "catalog/tables.h"

namespace syscope::select {
namespace {

#if defined(__aarch64__)
constexpr Abi native_abis[] = {Abi::arm64};
#else
constexpr Abi native_abis[] = {Abi::x86_64, Abi::i386, Abi::x32};
#endif

// x32 has the numbers of x86-64, and those above 511 besides, which have no names here.
const catalog::Tables& tables_of(Abi abi) {
  return catalog::tables(abi == Abi::x32 ? Abi::x86_64 : abi);
}

bool is_number_of_x32(Abi abi, std::uint32_t nr) {
  return abi == Abi::x32 && nr >= 512 && nr < 548;  // syscall_64.tbl
}

// Under the name of strace the hint is left out: see app/trace_errors.h.
Error no_such_call(std::string_view value) {
  std::vector<std::string_view> names;
  for (const catalog::Call& call : tables_of(native_abis[0]).calls)
    names.push_back(catalog::text(call.name));
  const std::string_view meant = most_similar(value, names);
  return {Cause::usage,
          "invalid system call '" + std::string(value) + "'",
          {},
          meant.empty() ? std::string() : "Did you mean " + std::string(meant) + "?"};
}

// Adds the calls of `abi` that `matches` says yes to; tells whether there was one.
template <class Predicate>
bool add_matching(Abi abi, CallSet& set, Predicate matches) {
  const catalog::Tables& tables = tables_of(abi);
  bool any = false;
  for (std::uint32_t nr = 0; nr < tables.call_by_number.size(); ++nr) {
    const catalog::Index index = tables.call_by_number[nr];
    if (index == catalog::nothing || !matches(nr, tables.calls[index])) continue;
    set.add(abi, nr);
    any = true;
  }
  return any;
}

std::uint32_t bits_of_classes(std::initializer_list<std::string_view> names) {
  std::uint32_t bits = 0;
  const auto classes = catalog::classes();
  for (std::size_t bit = 0; bit < classes.size(); ++bit) {
    if (std::ranges::find(names, classes[bit]) != names.end()) bits |= std::uint32_t{1} << bit;
  }
  return bits;
}

// `name` without the first %; 0 if there is no such class.
std::uint32_t class_bits(std::string_view name) {
  if (name == "network") name = "net";
  if (name == "%stat") return bits_of_classes({"%stat", "stat", "lstat", "fstat"});
  if (name == "%statfs") return bits_of_classes({"%statfs", "statfs", "fstatfs"});
  return bits_of_classes({name});
}

// The classes that strace has always known without their %.
bool is_old_class(std::string_view name) {
  constexpr std::string_view old[] = {"file", "process", "network", "signal",
                                      "ipc",  "desc",    "memory"};
  return std::ranges::find(old, name) != std::end(old);
}

struct RegexDeleter {
  void operator()(regex_t* regex) const {
    regfree(regex);
    delete regex;
  }
};
using Regex = std::unique_ptr<regex_t, RegexDeleter>;

Result<Regex> compile(const std::string& pattern) {
  auto raw = std::make_unique<regex_t>();
  if (const int error = regcomp(raw.get(), pattern.c_str(), REG_EXTENDED | REG_NOSUB); error != 0) {
    char message[256];
    regerror(error, raw.get(), message, sizeof message);
    return fail(Cause::usage, "regcomp: " + pattern + ": " + message);
  }
  return Regex(raw.release());
}

Result<bool> add_value(std::string_view value, std::span<const Abi> abis, CallSet& set) {
  bool any = false;
  if (value.starts_with('/')) {
    const auto regex = compile(std::string(value.substr(1)));
    if (!regex) return std::unexpected(regex.error());
    for (const Abi abi : abis) {
      any |= add_matching(abi, set, [&](std::uint32_t, const catalog::Call& call) {
        const std::string name(catalog::text(call.name));
        return regexec(regex->get(), name.c_str(), 0, nullptr, 0) == 0;
      });
    }
    return any;
  }
  std::uint32_t number = 0;
  const char* const end = value.data() + value.size();
  if (const auto [stop, error] = std::from_chars(value.data(), end, number);
      error == std::errc{} && stop == end) {
    for (const Abi abi : abis) {
      const auto& by_number = tables_of(abi).call_by_number;
      if (number >= by_number.size() || by_number[number] == catalog::nothing) continue;
      set.add(abi, number);
      any = true;
    }
    return any;
  }
  const bool is_class = value.starts_with('%') || is_old_class(value);
  const std::uint32_t bits =
      is_class ? class_bits(value.starts_with('%') ? value.substr(1) : value) : 0;
  for (const Abi abi : abis) {
    any |= add_matching(abi, set, [&](std::uint32_t, const catalog::Call& call) {
      return is_class ? (call.classes & bits) != 0 : catalog::text(call.name) == value;
    });
  }
  return any || bits != 0;
}

// Takes @64, @32 or @x32 off the end of the value.
std::optional<Abi> take_abi(std::string_view& value) {
  struct Suffix {
    std::string_view text;
    Abi abi;
  };
  constexpr Suffix suffixes[] = {{"@64", native_abis[0]}, {"@32", Abi::i386}, {"@x32", Abi::x32}};
  for (const Suffix& suffix : suffixes) {
    if (!value.ends_with(suffix.text)) continue;
    value.remove_suffix(suffix.text.size());
    return suffix.abi;
  }
  return std::nullopt;
}

Result<void> add_optional_value(std::string_view value, CallSet& set) {
  const std::string_view whole = value;
  const bool may_miss = value.starts_with('?');
  if (may_miss) value.remove_prefix(1);
  if (value == "all") {
    set = CallSet::all();
    return {};
  }
  const std::optional<Abi> abi = take_abi(value);
  if (abi && value == "all") {
    set.add_all(*abi);
    return {};
  }
  if (const std::size_t at = value.find('@'); at != std::string_view::npos) {
    return fail(Cause::usage, "incorrect personality designator '" +
                                  std::string(value.substr(at + 1)) + "' in qualification '" +
                                  std::string(value) + "'");
  }
  const std::span<const Abi> abis = abi ? std::span(&*abi, 1) : std::span(native_abis);
  const auto any = add_value(value, abis, set);
  if (!any) return std::unexpected(any.error());
  if (!*any && !may_miss) return std::unexpected(no_such_call(whole));
  return {};
}

}  // namespace

bool CallSet::empty() const {
  return !beyond_ && std::ranges::all_of(bits_, [](const auto& bits) { return bits.none(); });
}

bool CallSet::is_all() const {
  return beyond_ && std::ranges::all_of(bits_, [](const auto& bits) { return bits.all(); });
}

CallSet CallSet::complement() const {
  CallSet other = *this;
  for (auto& bits : other.bits_) bits.flip();
  other.beyond_ = !beyond_;
  return other;
}

void CallSet::add_nameless() {
  beyond_ = true;
  for (const Abi abi : native_abis) {
    const auto& by_number = tables_of(abi).call_by_number;
    for (std::uint32_t nr = 0; nr < limit; ++nr) {
      if (is_number_of_x32(abi, nr)) continue;
      if (nr >= by_number.size() || by_number[nr] == catalog::nothing) add(abi, nr);
    }
  }
}

capture::WantedCalls CallSet::wanted() const {
  if (is_all()) return capture::WantedCalls::all();
  auto wanted = capture::WantedCalls::none();
  if (beyond_) wanted.add_beyond();
  for (const Abi abi : {Abi::x86_64, Abi::i386, Abi::x32, Abi::arm64}) {
    for (std::uint32_t nr = 0; nr < limit; ++nr) {
      if (has(abi, nr)) wanted.add(abi, nr);
    }
  }
  return wanted;
}

Result<CallSet> parse_calls(std::string_view text) {
  bool negated = false;
  std::string_view rest = text;
  while (rest.starts_with('!')) {
    negated = !negated;
    rest.remove_prefix(1);
  }
  CallSet set;
  if (rest == "none") return negated ? set.complement() : set;
  bool any = false;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view value = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (value.empty()) continue;
    if (auto added = add_optional_value(value, set); !added) return std::unexpected(added.error());
    any = true;
  }
  if (!any) return std::unexpected(no_such_call(text));
  return negated ? set.complement() : set;
}

}  // namespace syscope::select
