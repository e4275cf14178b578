// HTTP/1: a request line, fields, an empty line. RFC 9112.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "protocol/protocol.h"
#include "protocol/reader.h"

namespace syscope::protocol {
namespace {

constexpr std::string_view version = " HTTP/1.";

bool is_method(std::string_view word) {
  return !word.empty() && word.size() <= 20 &&
         std::ranges::all_of(word, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
}

// The request line without its version, which may have been cut off.
std::optional<std::string> request_line(std::string_view line, bool whole) {
  const std::size_t blank = line.find(' ');
  if (blank == line.npos || !is_method(line.substr(0, blank))) return {};
  const std::size_t end = line.rfind(version);
  if (end != line.npos && end > blank) return std::string(line.substr(0, end));
  // A target that fills the whole capture.
  if (whole || line.size() <= blank + 1 || line[blank + 1] != '/') return {};
  return std::string(line) + "...";
}

bool has_name(std::string_view field, std::string_view name) {
  return field.size() > name.size() && field[name.size()] == ':' &&
         std::ranges::equal(field.substr(0, name.size()), name,
                            [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

std::string_view value_of(std::string_view field) {
  field.remove_prefix(field.find(':') + 1);
  while (field.starts_with(' ')) field.remove_prefix(1);
  return field;
}

std::optional<std::vector<Request>> requests(Bytes sent, Memory&) {
  std::vector<Request> found;
  for (Reader reader(sent); !reader.empty();) {
    const std::string_view rest = as_chars(reader.rest());
    const auto line = reader.line();
    auto text = request_line(line.value_or(rest), line.has_value());
    if (!text) break;
    std::size_t body = 0;
    while (const auto field = reader.line()) {
      if (field->empty()) break;
      const std::string_view value = has_name(*field, "host") || has_name(*field, "content-length")
                                         ? value_of(*field)
                                         : std::string_view();
      if (has_name(*field, "host")) *text += fmt::format(" ({})", value);
      if (has_name(*field, "content-length")) {
        std::from_chars(value.data(), value.data() + value.size(), body);
      }
    }
    found.push_back({.text = std::move(*text)});
    (void)reader.take(body);
    if (!line) break;
  }
  return found.empty() ? std::nullopt : std::optional(std::move(found));
}

// "HTTP/1.1 200 OK" without the version.
std::string answer(Bytes bytes, Memory&) {
  Reader reader(bytes);
  const auto line = reader.line();
  if (!line || !line->starts_with("HTTP/1.")) return {};
  const std::size_t blank = line->find(' ');
  return blank == line->npos ? std::string() : std::string(line->substr(blank + 1));
}

}  // namespace

const Protocol http{"HTTP", requests, answer};

}  // namespace syscope::protocol
