// Finding a call in the tables. Nothing allocates; all bounds are checked.
#pragma once

#include <algorithm>

#include "catalog/tables.h"

namespace syscope::catalog {

// The call of that number (for x32: without its bit), or null where the catalog knows none.
[[nodiscard]] inline const Call* find_call(const Tables& tables, std::uint32_t nr) {
  if (nr >= tables.call_by_number.size()) return nullptr;
  const Index index = tables.call_by_number[nr];
  return index < tables.calls.size() ? &tables.calls[index] : nullptr;
}

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
  const auto found = std::ranges::lower_bound(variants, key, {}, &Variant::key);
  return found != variants.end() && found->key == key ? tables.prototypes[found->prototype] : own;
}

}  // namespace syscope::catalog
