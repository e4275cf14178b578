#include "catalogc/diagnostics.h"

#include "base/similar_words.h"

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
  const std::string_view best = most_similar(word, candidates);
  return best.empty() ? std::string() : " (did you mean '" + std::string(best) + "'?)";
}

}  // namespace syscope::catalogc
