// Finding things in the tables by number and by name. Nothing allocates; all bounds are checked.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "catalog/tables.h"

namespace syscope::catalog {

// The call of that number (for x32: without its bit), or null where the catalog knows none.
[[nodiscard]] inline const Call* find_call(const Tables& tables, std::uint32_t nr) {
  if (nr >= tables.call_by_number.size()) return nullptr;
  const Index index = tables.call_by_number[nr];
  return index < tables.calls.size() ? &tables.calls[index] : nullptr;
}

// The call of that name; null if the ABI has none.
[[nodiscard]] const Call* find_call(const Tables& tables, std::string_view name);

// The prototype of a call with these arguments: that of the variant they choose, or the call's own.
[[nodiscard]] inline const Prototype& find_prototype(const Tables& tables, const Call& call,
                                                     const std::uint64_t (&arguments)[6]) {
  const Prototype& own = tables.prototypes[call.prototype];
  if (call.variants >= tables.variant_tables.size()) return own;
  const Variants& choice = tables.variant_tables[call.variants];
  const auto argument = [&](int i) {
    const std::uint64_t mask = i + 1 == choice.argument_count ? choice.mask : ~std::uint64_t{0};
    return arguments[choice.arguments[i] % 6] & mask & 0xffffffff;
  };
  const std::uint64_t key =
      choice.argument_count == 2 ? argument(0) << 32 | argument(1) : argument(0);
  const auto variants = tables.variants.subspan(choice.first, choice.count);
  const auto find = [variants](std::uint64_t wanted) -> const Variant* {
    const auto found = std::ranges::lower_bound(variants, wanted, {}, &Variant::key);
    return found != variants.end() && found->key == wanted ? &*found : nullptr;
  };
  const Variant* found = find(key);
  if (found == nullptr && choice.any_size != 0) found = find((key & choice.any_size) | sized);
  return found == nullptr ? own : tables.prototypes[found->prototype];
}

// The set of that name as it is under that ABI; `nothing` if there is none.
[[nodiscard]] Index find_set(std::string_view name, Abi abi = Abi::x86_64);

// The members that an enumeration has for `value`, as positions behind set.first_member, in the
// order of printing. Only as many bytes of the value count as the set is wide.
[[nodiscard]] std::span<const std::uint16_t> members_with(const Set& set, std::uint64_t value);
// The same for the request of ioctl(2), of any size, that has this number.
[[nodiscard]] std::span<const std::uint16_t> sized_members_with(const Set& set,
                                                                std::uint64_t value);
// The first of the members with `value`; null if there is none.
[[nodiscard]] const Member* find_member(const Set& set, std::uint64_t value);

// A constant by its name, with the first set under that ABI that has it.
struct NamedConstant {
  Index set;
  const Member* member;
};
[[nodiscard]] std::optional<NamedConstant> find_member(std::string_view name,
                                                       Abi abi = Abi::x86_64);

// All meanings of a subject, by name.
[[nodiscard]] std::span<const Meaning> find_meanings(std::string_view subject);
// What `name` means to `subject`; empty if nobody has said.
[[nodiscard]] std::string_view find_meaning(std::string_view subject, std::string_view name);

// The bit of a class in Call::classes; 0 if there is no such class. Without the '%'.
[[nodiscard]] std::uint32_t class_bit(std::string_view name);

// The index of a hook as Type::element and Prototype::result_hook have it; `nothing` where none
// uses it.
[[nodiscard]] Index find_hook(std::string_view name);

}  // namespace syscope::catalog
