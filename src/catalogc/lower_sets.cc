#include "catalogc/lower_sets.h"

#include <algorithm>
#include <numeric>

#include "catalogc/words.h"

namespace syscope::catalogc {
namespace {

using catalog::Member;
using catalog::SetKind;

std::vector<Member> members_of(const ConstantSet& set, Abi abi, Constants& constants,
                               NamePool& names) {
  const unsigned width = integer(set.integer, abi).width;
  std::vector<Member> members;
  for (const MemberNode* const node : set.members) {
    const auto number =
        has_number(*node) ? constants.value(*node, abi) : std::int64_t{node->apart};
    if (!number) continue;
    Member member{cut_to(static_cast<std::uint64_t>(*number), width), ~std::uint64_t{0},
                  names.add(node->name), node->kind};
    if (node->mask && node->kind != catalog::MemberKind::based) {
      const auto mask = constants.evaluate(*node->mask, abi, std::array{&set});
      member.mask = cut_to(static_cast<std::uint64_t>(mask.value_or(0)), width);
    } else if (node->kind == catalog::MemberKind::based) {
      member.mask = cut_to(~static_cast<std::uint64_t>(
                               node->low_bits ? constants.evaluate(*node->low_bits, abi).value_or(0) : 0),
                           width);
    } else if (node->kind == catalog::MemberKind::sized) {
      member.mask = cut_to(~catalog::ioctl_size_bits, width);
    } else if (set.kind == SetKind::flags && !node->zero) {
      member.mask = member.value;
    }
    members.push_back(member);
  }
  return members;
}

bool same(const std::vector<Member>& a, const std::vector<Member>& b) {
  return std::ranges::equal(a, b, [](const Member& x, const Member& y) {
    return x.value == y.value && x.mask == y.mask && x.name == y.name && x.kind == y.kind;
  });
}

Index append(const ConstantSet& set, Abi abi, const std::vector<Member>& members,
             SharedTables& shared) {
  catalog::Set row{};
  row.name = shared.names.add(set.name);
  row.unknown = shared.names.add(set.unknown);
  row.first_member = static_cast<std::uint32_t>(shared.members.size());
  row.by_value = static_cast<std::uint32_t>(shared.sorted.size());
  row.member_count = static_cast<std::uint16_t>(members.size());
  row.kind = set.kind;
  row.is_decimal = set.is_decimal;
  row.is_commented = set.is_commented;
  row.has_parts = std::ranges::any_of(members, [](const Member& member) {
    return member.kind == catalog::MemberKind::apart ||
           (member.kind == catalog::MemberKind::counted && member.value != 0);
  });
  row.width = integer(set.integer, abi).width;
  shared.members.insert(shared.members.end(), members.begin(), members.end());
  if (set.kind == SetKind::enumeration) {
    std::vector<std::uint16_t> order(members.size());
    std::iota(order.begin(), order.end(), std::uint16_t{0});
    std::ranges::stable_sort(order, {}, [&](std::uint16_t at) {
      return std::pair(members[at].value, members[at].kind);
    });
    shared.sorted.insert(shared.sorted.end(), order.begin(), order.end());
  }
  shared.sets.push_back(row);
  return static_cast<Index>(shared.sets.size() - 1);
}

}  // namespace

Index SetIndex::find(std::string_view name, Abi abi) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nothing : found->second[static_cast<std::size_t>(abi)];
}

void SetIndex::add(const std::string& name, Abi abi, Index index) {
  const auto row =
      index_.try_emplace(name, std::array<Index, 4>{nothing, nothing, nothing, nothing}).first;
  row->second[static_cast<std::size_t>(abi)] = index;
}

SetIndex lower_sets(Constants& constants, SharedTables& shared) {
  SetIndex index;
  for (const auto& [name, set] : constants.sets()) {
    struct Version {
      std::vector<Member> members;
      unsigned width;
      Index at;
    };
    std::vector<Version> versions;
    for (const Abi abi : compiled_abis) {
      const unsigned width = integer(set.integer, abi).width;
      std::vector<Member> members = members_of(set, abi, constants, shared.names);
      auto version = std::ranges::find_if(versions, [&](const Version& known) {
        return known.width == width && same(known.members, members);
      });
      if (version == versions.end()) {
        const Index at = append(set, abi, members, shared);
        versions.push_back({std::move(members), width, at});
        version = versions.end() - 1;
      }
      index.add(name, abi, version->at);
      shared.sets[version->at].abis |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(abi));
    }
  }
  return index;
}

}  // namespace syscope::catalogc
