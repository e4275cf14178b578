// MySQL and MariaDB: packets of a three-byte length, a sequence number, and a payload whose first
// byte is the command. A command's packet has number 0; a server's answer goes on counting. Longer
// texts than the capture are cut. Client/Server Protocol, "Command Phase".
#include <fmt/format.h>

#include <algorithm>

#include "protocol/protocol.h"
#include "protocol/reader.h"

namespace syscope::protocol {
namespace {

enum Command : std::uint8_t {
  com_quit = 1,
  com_init_db = 2,
  com_query = 3,
  com_ping = 14,
  com_change_user = 17,
  com_prepare = 22,
  com_execute = 23,
  com_long_data = 24,
  com_close = 25,
  com_reset_statement = 26,
  com_fetch = 28,
  com_reset_connection = 31,
};

constexpr std::uint32_t longest = 1 << 24;
constexpr std::size_t most_statements = 10'000;

std::string statement_text(Memory& memory, std::uint32_t number) {
  const auto found = memory.mysql_statements.find(number);
  if (found != memory.mysql_statements.end()) return found->second;
  return fmt::format("statement #{}, prepared before", number);
}

// CLIENT_QUERY_ATTRIBUTES puts two counts before the text: no statement begins with a byte below
// tab.
std::string_view query_text(std::string_view text) {
  if (text.size() > 2 && text[0] == 0 && text[1] == 1) text.remove_prefix(2);
  return text;
}

// What a person or a library writes begins with printable text; another protocol's number seldom
// does.
bool is_text(std::string_view text) {
  const auto printable = [](char c) {
    return static_cast<unsigned char>(c) >= ' ' || c == '\t' || c == '\n' || c == '\r';
  };
  return !text.empty() && std::ranges::all_of(text.substr(0, 8), printable);
}

// The client's half of the handshake: capabilities, the largest packet, a character set, zeros, the
// user.
std::optional<Request> log_in(Bytes payload) {
  Reader reader(payload);
  if (!reader.has(33)) return {};
  constexpr std::uint32_t protocol_41 = 0x200;
  if ((reader.little(4) & protocol_41) == 0) return {};
  (void)reader.take(5);
  const Bytes filler = reader.take(19);
  if (!std::ranges::all_of(filler, [](std::byte each) { return each == std::byte{0}; })) return {};
  (void)reader.take(4);
  return Request{.text = "log in as " + std::string(reader.c_string())};
}

std::optional<Request> command(Bytes payload, Memory& memory) {
  Reader reader(payload);
  if (reader.empty()) return {};
  const std::uint8_t code = reader.byte();
  const std::string text(as_chars(reader.rest()));
  switch (code) {
    case com_quit:
      if (!text.empty()) return {};
      return Request{.text = "quit", .expects_answer = false};
    case com_init_db:
      if (!is_text(text)) return {};
      return Request{.text = "USE " + text};
    case com_query:
      if (!is_text(query_text(text))) return {};
      return Request{.text = std::string(query_text(text))};
    case com_ping:
      if (!text.empty()) return {};
      return Request{.text = "ping"};
    case com_change_user: return Request{.text = "change of user"};
    case com_prepare:
      if (!is_text(text)) return {};
      memory.mysql_preparing = text;
      return Request{.text = "PREPARE: " + text};
    case com_execute:
      if (!reader.has(4)) return {};
      return Request{.text = statement_text(memory, reader.little(4))};
    case com_fetch:
      if (!reader.has(4)) return {};
      return Request{.text = "fetch rows of: " + statement_text(memory, reader.little(4))};
    case com_reset_statement:
      if (!reader.has(4)) return {};
      return Request{.text = "reset of: " + statement_text(memory, reader.little(4))};
    case com_close:
      if (text.size() != 4) return {};
      memory.mysql_statements.erase(reader.little(4));
      return Request{.text = "close of a statement", .expects_answer = false};
    case com_long_data: return Request{.text = "data of a parameter", .expects_answer = false};
    case com_reset_connection:
      if (!text.empty()) return {};
      return Request{.text = "reset of the connection"};
    default: return {};
  }
}

std::optional<std::vector<Request>> requests(Bytes sent, Memory& memory) {
  Reader reader(sent);
  std::vector<Request> found;
  while (reader.has(5)) {
    const std::uint32_t length = reader.little(3);
    const std::uint8_t sequence = reader.byte();
    if (sequence > 1 || length == 0 || length >= longest) break;
    const Bytes payload = reader.take(length);
    auto request = sequence == 0 ? command(payload, memory) : log_in(payload);
    if (!request) break;
    found.push_back(std::move(*request));
  }
  return found.empty() ? std::nullopt : std::optional(std::move(found));
}

std::string answer(Bytes bytes, Memory& memory) {
  Reader reader(bytes);
  if (!reader.has(5)) return {};
  const std::uint32_t length = reader.little(3);
  reader.byte();
  Reader payload(reader.take(length));
  const std::uint8_t first = payload.byte();
  if (!memory.mysql_preparing.empty()) {
    if (first == 0 && payload.has(4) && memory.mysql_statements.size() < most_statements) {
      memory.mysql_statements[payload.little(4)] = std::move(memory.mysql_preparing);
    }
    memory.mysql_preparing.clear();
    return {};
  }
  if (first != 0xff || !payload.has(2)) return {};
  const std::uint32_t number = payload.little(2);
  std::string_view text = as_chars(payload.rest());
  if (text.starts_with('#')) text.remove_prefix(std::min<std::size_t>(6, text.size()));
  return fmt::format("ERROR {}: {}", number, text);
}

}  // namespace

const Protocol mysql{"MySQL", requests, answer};

}  // namespace syscope::protocol
