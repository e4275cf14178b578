#include "catalog/find.h"

namespace syscope::catalog {
namespace {

std::uint64_t low_bytes(std::uint64_t value, unsigned width) {
  return width >= 8 ? value : value & ((std::uint64_t{1} << width * 8) - 1);
}

Index position(std::span<const std::string_view> words, std::string_view word) {
  const auto at = std::ranges::find(words, word);
  return at == words.end() ? nothing : static_cast<Index>(at - words.begin());
}

std::span<const std::uint16_t> members_of_kind(const Set& set, std::uint64_t value, MemberKind kind) {
  if (set.kind != SetKind::enumeration) return {};
  const auto order = sorted().subspan(set.by_value, set.member_count);
  const Member* const first = members().data() + set.first_member;
  const auto [low, high] = std::ranges::equal_range(
      order, std::pair(low_bytes(value, set.width), kind), {}, [first](std::uint16_t at) {
        return std::pair(first[at].value, first[at].kind);
      });
  return {low, high};
}

}  // namespace

const Call* find_call(const Tables& tables, std::string_view name) {
  const auto calls = tables.calls;
  const auto at =
      std::ranges::lower_bound(calls, name, {}, [](const Call& c) { return text(c.name); });
  return at == calls.end() || text(at->name) != name ? nullptr : &*at;
}

Index find_set(std::string_view name, Abi abi) {
  const auto rows = sets();
  auto at = std::ranges::lower_bound(rows, name, {}, [](const Set& s) { return text(s.name); });
  for (; at != rows.end() && text(at->name) == name; ++at) {
    if ((at->abis >> static_cast<unsigned>(abi) & 1) != 0) {
      return static_cast<Index>(at - rows.begin());
    }
  }
  return nothing;
}

std::span<const std::uint16_t> members_with(const Set& set, std::uint64_t value) {
  return members_of_kind(set, value, MemberKind::named);
}

std::span<const std::uint16_t> sized_members_with(const Set& set, std::uint64_t value) {
  return members_of_kind(set, value & ~ioctl_size_bits, MemberKind::sized);
}

const Member* find_member(const Set& set, std::uint64_t value) {
  const auto found = members_with(set, value);
  return found.empty() ? nullptr : &members()[set.first_member + found.front()];
}

std::optional<NamedConstant> find_member(std::string_view name, Abi abi) {
  for (const Set& set : sets()) {
    if ((set.abis >> static_cast<unsigned>(abi) & 1) == 0) continue;
    for (const Member& member : members().subspan(set.first_member, set.member_count)) {
      if (text(member.name) == name) {
        return NamedConstant{static_cast<Index>(&set - sets().data()), &member};
      }
    }
  }
  return std::nullopt;
}

std::uint32_t class_bit(std::string_view name) {
  const Index at = position(classes(), name);
  return at == nothing ? 0 : 1u << at;
}

Index find_hook(std::string_view name) { return position(hooks(), name); }

std::span<const Meaning> find_meanings(std::string_view subject) {
  const auto found = std::ranges::equal_range(
      meanings(), subject, {}, [](const Meaning& meaning) { return text(meaning.subject); });
  return {found.begin(), found.end()};
}

std::string_view find_meaning(std::string_view subject, std::string_view name) {
  for (const Meaning& meaning : find_meanings(subject)) {
    if (text(meaning.name) == name) return text(meaning.text);
  }
  return {};
}

}  // namespace syscope::catalog
