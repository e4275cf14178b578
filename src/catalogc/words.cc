#include "catalogc/words.h"

#include <algorithm>
#include <array>

namespace syscope::catalogc {
namespace {

using catalog::Notation;

struct IntegerWord {
  std::string_view name;
  std::uint8_t width;  // 0: the ABI's word
  bool is_signed;
};

constexpr std::array integers = {
    IntegerWord{"i8", 1, true},    IntegerWord{"i16", 2, true},  IntegerWord{"i32", 4, true},
    IntegerWord{"i64", 8, true},   IntegerWord{"u8", 1, false},  IntegerWord{"u16", 2, false},
    IntegerWord{"u32", 4, false},  IntegerWord{"u64", 8, false}, IntegerWord{"int", 4, true},
    IntegerWord{"uint", 4, false}, IntegerWord{"long", 0, true}, IntegerWord{"ulong", 0, false},
    IntegerWord{"size", 0, false}, IntegerWord{"off", 8, true},
};

constexpr std::array notations = {
    NotationWord{"dec", Notation::dec, "int"},
    NotationWord{"hex", Notation::hex, "uint"},
    NotationWord{"oct", Notation::oct, "uint"},
    NotationWord{"enum", Notation::symbol, ""},
    NotationWord{"flags", Notation::bits, ""},
    NotationWord{"addr", Notation::addr, "ulong"},
    NotationWord{"fd", Notation::fd, "int"},
    NotationWord{"dirfd", Notation::dirfd, "int"},
    NotationWord{"pid", Notation::pid, "int"},
    NotationWord{"tid", Notation::tid, "int"},
    NotationWord{"pgid", Notation::pgid, "int"},
    NotationWord{"uid", Notation::uid, "uint"},
    NotationWord{"gid", Notation::gid, "uint"},
    NotationWord{"signo", Notation::signo, "int"},
    NotationWord{"errno", Notation::error, "int"},
    NotationWord{"mode", Notation::mode, "u16"},
    NotationWord{"filemode", Notation::filemode, "uint"},
    NotationWord{"dev", Notation::dev, "u64"},
    NotationWord{"be16", Notation::be16, "u16"},
    NotationWord{"be32", Notation::be32, "u32"},
    NotationWord{"be64", Notation::be64, "u64"},
    NotationWord{"ip4", Notation::ip4, "u32"},
    NotationWord{"ip6", Notation::ip6, "u32"},
    NotationWord{"mac", Notation::mac, "u8"},
    NotationWord{"ifindex", Notation::ifindex, "int"},
    NotationWord{"wstatus", Notation::wstatus, "int"},
    NotationWord{"rlim", Notation::rlim, "ulong"},
    NotationWord{"rlim64", Notation::rlim64, "u64"},
    NotationWord{"seconds", Notation::seconds, "long"},
    NotationWord{"nanoseconds", Notation::nanoseconds, "long"},
    NotationWord{"exitsig", Notation::exitsig, "u8"},
    NotationWord{"bool", Notation::boolean, "int"},
    NotationWord{"ioctl", Notation::ioctl, "uint"},
    NotationWord{"char", Notation::character, "u8"},
    NotationWord{"hex8", Notation::hex8, "uint"},
    NotationWord{"ticks", Notation::ticks, "long"},
    NotationWord{"instant", Notation::instant, "long"},
    NotationWord{"outcome", Notation::outcome, "int"},
};

constexpr std::array<std::string_view, 10> memories = {
    "bitset",
    "path", "str", "bytes", "scatter", "strings", "environment", "sigset", "fdset", "cpuset"};

// In the order of enum Abi.
constexpr std::array<std::string_view, 4> abis = {"x86_64", "i386", "x32", "arm64"};

// In the order of enum EffectKind.
constexpr std::array<std::string_view, 11> effects = {"opens", "closes", "dups",    "execs",
                                                      "forks", "chdirs", "maps",    "unmaps",
                                                      "waits", "binds",  "receives"};

constexpr std::array<std::string_view, 15> classes = {
    "clock",  "creds", "desc",    "file", "fstat",  "fstatfs", "ipc",   "lstat",
    "memory", "net",   "process", "pure", "signal", "stat",    "statfs"};

const IntegerWord* find_integer(std::string_view word) {
  const auto at = std::ranges::find(integers, word, &IntegerWord::name);
  return at == integers.end() ? nullptr : &*at;
}

template <class Words>
std::optional<std::size_t> position(const Words& words, std::string_view word) {
  const auto at = std::ranges::find(words, word);
  if (at == words.end()) return std::nullopt;
  return static_cast<std::size_t>(at - words.begin());
}

}  // namespace

bool is_integer(std::string_view word) { return find_integer(word) != nullptr; }

Integer integer(std::string_view word, Abi abi) {
  const IntegerWord* const found = find_integer(word);
  if (found == nullptr) return {};
  const auto word_bytes = static_cast<std::uint8_t>(word_size(abi));
  return {found->width == 0 ? word_bytes : found->width, found->is_signed};
}

const NotationWord* find_notation(std::string_view word) {
  const auto at = std::ranges::find(notations, word, &NotationWord::name);
  return at == notations.end() ? nullptr : &*at;
}

bool is_memory(std::string_view word) { return position(memories, word).has_value(); }

std::optional<Abi> find_abi(std::string_view word) {
  const auto at = position(abis, word);
  return at ? std::optional(static_cast<Abi>(*at)) : std::nullopt;
}

std::string_view abi_name(Abi abi) { return abis[static_cast<std::size_t>(abi)]; }

std::optional<catalog::EffectKind> find_effect(std::string_view word) {
  const auto at = position(effects, word);
  return at ? std::optional(static_cast<catalog::EffectKind>(*at)) : std::nullopt;
}

std::vector<std::string_view> type_words() {
  std::vector<std::string_view> words(memories.begin(), memories.end());
  for (const auto& word : integers) words.push_back(word.name);
  for (const auto& word : notations) words.push_back(word.name);
  return words;
}

std::vector<std::string_view> effect_words() { return {effects.begin(), effects.end()}; }

std::vector<std::string_view> class_words() { return {classes.begin(), classes.end()}; }

}  // namespace syscope::catalogc
