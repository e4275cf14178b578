#include "catalogc/diagnostics.h"

#include <algorithm>
#include <numeric>

namespace syscope::catalogc {
namespace {

std::string_view line_of(std::string_view text, std::uint32_t line) {
  for (; line > 1; --line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

// Printable ASCII: the text may hold anything.
std::string harmless(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c < ' ' || c > '~') c = c == '\t' ? ' ' : '?';
  }
  return result;
}

// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

void Diagnostics::error(Location at, std::string message) {
  errors_.emplace(at, std::move(message));
}

std::string Diagnostics::report(std::size_t limit) const {
  std::string text;
  std::size_t shown = 0;
  for (const auto& [at, message] : errors_) {
    if (shown++ == limit) {
      text += "... and " + std::to_string(errors_.size() - limit) + " more errors\n";
      break;
    }
    if (at.file >= sources_.size()) {
      text += message + "\n";
      continue;
    }
    const Source& source = sources_[at.file];
    text += source.name + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " +
            harmless(message) + "\n";
    text += "  " + harmless(line_of(source.text, at.line)) + "\n";
    text += "  " + std::string(at.column - 1, ' ') + "^\n";
  }
  return text;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  if (word.size() > 100) return {};
  for (const std::string_view candidate : candidates) {
    const std::size_t shorter = std::min(candidate.size(), word.size());
    if (std::max(candidate.size(), word.size()) - shorter >= least) continue;
    const std::size_t here = distance(word, candidate);
    if (here < least && here < word.size()) {
      least = here;
      best = candidate;
    }
  }
  return best.empty() ? std::string() : " (did you mean '" + std::string(best) + "'?)";
}

}  // namespace syscope::catalogc
