#include <algorithm>
#include <cctype>
#include <set>

#include "abi/names.h"
#include "catalog/find.h"
#include "explain/explain.h"

namespace syscope::explain {
namespace {

constexpr int greatest_error_number = 133;

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// Edits between two words, cases of letters aside; gives up above `bound`.
std::size_t distance(std::string_view a, std::string_view b, std::size_t bound) {
  if ((a.size() > b.size() ? a.size() - b.size() : b.size() - a.size()) > bound) return bound + 1;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string_view> similar_names(std::string_view word, std::size_t most) {
  const std::size_t bound = std::max<std::size_t>(1, word.size() / 3);
  std::set<std::pair<std::size_t, std::string_view>> found;
  const auto consider = [&](std::string_view name) {
    if (name.empty()) return;
    const std::size_t edits = distance(word, name, bound);
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
