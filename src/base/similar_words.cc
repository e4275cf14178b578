#include "base/similar_words.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace syscope {
namespace {

constexpr std::size_t longest_name = 100;

bool is_same(char a, char b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return lower(a) == lower(b);
}

std::size_t difference(std::size_t a, std::size_t b) { return a > b ? a - b : b - a; }

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows of the table of all distances between beginnings: before the last, the last, this one.
  std::vector<std::size_t> older(b.size() + 1);
  std::vector<std::size_t> old(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(older, old);
    std::swap(old, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min(
          {old[j] + 1, row[j - 1] + 1, old[j - 1] + (is_same(a[i - 1], b[j - 1]) ? 0 : 1)});
      const bool is_swap =
          i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) && is_same(a[i - 2], b[j - 1]);
      if (is_swap) row[j] = std::min(row[j], older[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::size_t similar_within(std::string_view word) {
  return std::max<std::size_t>(1, word.size() / 3);
}

std::string_view most_similar(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > longest_name) return {};
  std::string_view best;
  std::size_t least = std::min(similar_within(word) + 1, word.size());
  for (const std::string_view candidate : candidates) {
    if (difference(candidate.size(), word.size()) >= least) continue;
    const std::size_t here = edit_distance(word, candidate);
    if (here >= least) continue;
    least = here;
    best = candidate;
  }
  return best;
}

}  // namespace syscope
