#include <algorithm>
#include <set>

#include "abi/names.h"
#include "base/similar_words.h"
#include "catalog/find.h"
#include "explain/explain.h"

namespace syscope::explain {
namespace {

constexpr int greatest_error_number = 133;

}  // namespace

std::vector<std::string_view> similar_names(std::string_view word, std::size_t most) {
  const std::size_t bound = similar_within(word);
  std::set<std::pair<std::size_t, std::string_view>> found;
  const auto consider = [&](std::string_view name) {
    if (name.empty() || name.size() > word.size() + bound || word.size() > name.size() + bound)
      return;
    const std::size_t edits = edit_distance(word, name);
    if (edits <= bound) found.emplace(edits, name);
  };
  for (const catalog::Call& call : catalog::tables(Abi::x86_64).calls)
    consider(catalog::text(call.name));
  for (int number = 1; number <= greatest_error_number; ++number) consider(error_name(number));
  for (int number = 1; number < signal_count; ++number) consider(signal_name(number));
  for (const catalog::Member& member : catalog::members()) consider(catalog::text(member.name));
  std::vector<std::string_view> names;
  for (const auto& [edits, name] : found) {
    if (names.size() == most) break;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace syscope::explain
