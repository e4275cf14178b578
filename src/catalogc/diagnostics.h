// Errors of the catalog text: where, what, and the line with a caret under it.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace syscope::catalogc {

// A place in the sources: index of the file, line and column counted from 1.
struct Location {
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  auto operator<=>(const Location&) const = default;
};

struct Source {
  std::string name;  // as errors show it
  std::string text;
};

// Collects errors, each once: the catalog is compiled for several ABIs and would repeat itself.
class Diagnostics {
 public:
  explicit Diagnostics(std::span<const Source> sources) : sources_(sources) {}

  void error(Location at, std::string message);
  [[nodiscard]] bool empty() const { return errors_.empty(); }
  [[nodiscard]] std::size_t count() const { return errors_.size(); }

  // All errors in the order of the text, at most `limit` of them, three lines each:
  //   net.sys:12:9: unknown struct 'mshgdr' (did you mean 'msghdr'?)
  //     call sendmsg 46 (sockfd: fd, msg: in mshgdr)
  //                                          ^
  [[nodiscard]] std::string report(std::size_t limit = 25) const;

 private:
  std::span<const Source> sources_;
  std::set<std::pair<Location, std::string>> errors_;
};

// " (did you mean 'x'?)" for the candidate nearest to `word`, or "" if none is near.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string_view>& candidates);

}  // namespace syscope::catalogc
