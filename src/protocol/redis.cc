// Redis and its kin, RESP: a command is an array of bulk strings,
// "*2\r\n$3\r\nget\r\n$3\r\nfoo\r\n". Inline commands, which people type, are known by their port
// alone. Redis serialization protocol.
#include <algorithm>
#include <charconv>

#include "protocol/protocol.h"
#include "protocol/reader.h"

namespace syscope::protocol {
namespace {

constexpr long most_words = 1 << 20;
constexpr std::size_t shown_bytes = 200;

std::optional<long> number(std::string_view text) {
  long value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return {};
  return value;
}

// One command; nothing when it is none. What the capture cut off is left out.
std::optional<Request> command(Reader& reader) {
  if (!reader.has(1) || reader.byte() != '*') return {};
  const auto head = reader.line();
  const auto words = head ? number(*head) : std::nullopt;
  if (!words || *words < 1 || *words > most_words) return {};
  Request request;
  for (long i = 0; i < *words; ++i) {
    if (reader.empty()) break;
    if (reader.byte() != '$') return {};
    const auto size_text = reader.line();
    if (!size_text) break;
    const auto size = number(*size_text);
    if (!size || *size < 0) return {};
    const std::string_view word = as_chars(reader.take(static_cast<std::size_t>(*size)));
    if (request.text.size() < shown_bytes) {
      if (!request.text.empty()) request.text += ' ';
      request.text += word.substr(0, shown_bytes);
    }
    (void)reader.take(2);
  }
  return request.text.empty() ? std::nullopt : std::optional(std::move(request));
}

std::optional<std::vector<Request>> requests(Bytes sent, Memory&) {
  std::vector<Request> found;
  for (Reader reader(sent); !reader.empty();) {
    if (as_chars(reader.rest()).front() == '*') {
      auto request = command(reader);
      if (!request) break;
      found.push_back(std::move(*request));
      continue;
    }
    const auto line = reader.line();
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (!line || line->empty() || !std::ranges::all_of(*line, printable)) break;
    found.push_back({.text = std::string(*line)});
  }
  return found.empty() ? std::nullopt : std::optional(std::move(found));
}

std::string answer(Bytes bytes, Memory&) {
  Reader reader(bytes);
  if (!reader.has(1) || as_chars(bytes).front() != '-') return {};
  reader.byte();
  return std::string(reader.line().value_or(""));
}

}  // namespace

const Protocol redis{"Redis", requests, answer};

}  // namespace syscope::protocol
