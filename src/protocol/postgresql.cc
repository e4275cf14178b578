// PostgreSQL: messages of a type, a length that counts itself, and a body. The simple protocol
// sends the text ('Q'); the extended one names it once ('P'), binds it to a portal ('B') and
// executes that ('E'). The first message of a connection has no type. PostgreSQL documentation,
// "Message Formats".
#include <fmt/format.h>

#include "protocol/protocol.h"
#include "protocol/reader.h"

namespace syscope::protocol {
namespace {

constexpr std::uint32_t version_3 = 3 << 16;
constexpr std::uint32_t cancel_request = 80877102;
constexpr std::uint32_t ssl_request = 80877103;
constexpr std::uint32_t gss_request = 80877104;
constexpr std::uint32_t longest = 1 << 30;
constexpr std::size_t most_names = 10'000;

std::optional<Request> start_up(Bytes sent) {
  Reader reader(sent);
  if (!reader.has(8)) return {};
  const std::uint32_t length = reader.big(4);
  const std::uint32_t code = reader.big(4);
  if (length < 8 || length > 10'000) return {};
  if (code == ssl_request || code == gss_request) return Request{.text = "may we encrypt?"};
  if (code == cancel_request) return Request{.text = "cancel a statement", .expects_answer = false};
  if (code >> 16 != version_3 >> 16) return {};
  std::string user, database;
  for (Reader body(reader.take(length - 8)); !body.empty();) {
    const std::string_view name = body.c_string();
    if (name.empty()) break;
    const std::string_view value = body.c_string();
    if (name == "user") user = value;
    if (name == "database") database = value;
  }
  return Request{
      .text = fmt::format("log in as {} to database {}", user, database.empty() ? user : database)};
}

void remember(std::map<std::string, std::string>& names, std::string_view name,
              std::string_view text) {
  if (names.size() < most_names || names.contains(std::string(name)))
    names[std::string(name)] = text;
}

std::string recall(const std::map<std::string, std::string>& names, const std::string& name) {
  const auto found = names.find(name);
  if (found != names.end()) return found->second;
  return name.empty() ? "a statement prepared before"
                      : fmt::format("statement {}, prepared before", name);
}

// A unit of the extended protocol ends with Sync ('S') or Flush ('H'); its text is that of what it
// executes, else of what it prepares.
class Unit {
 public:
  explicit Unit(Memory& memory) : memory_(memory) {}

  // False when no client sends such a message.
  bool take(char type, Bytes bytes, std::vector<Request>& found) {
    Reader body(bytes);
    switch (type) {
      case 'Q': found.push_back({.text = std::string(body.c_string())}); return true;
      case 'F': found.push_back({.text = "call of a function"}); return true;
      case 'p': found.push_back({.text = "password"}); return true;
      case 'X': found.push_back({.text = "quit", .expects_answer = false}); return true;
      case 'P': {
        const std::string_view name = body.c_string();
        const std::string_view text = body.c_string();
        remember(memory_.postgresql_statements, name, text);
        if (text_.empty()) text_ = "PREPARE: " + std::string(text);
        return true;
      }
      case 'B': {
        const std::string_view portal = body.c_string();
        const std::string name(body.c_string());
        remember(memory_.postgresql_portals, portal, recall(memory_.postgresql_statements, name));
        return true;
      }
      case 'E':
        text_ = recall(memory_.postgresql_portals, std::string(body.c_string()));
        return true;
      case 'S': flush(found); return true;
      case 'C':
      case 'D':
      case 'H':
      case 'd':
      case 'c':
      case 'f': return true;
      default: return false;
    }
  }
  void flush(std::vector<Request>& found) {
    if (!text_.empty()) found.push_back({.text = std::move(text_)});
    text_.clear();
  }

 private:
  Memory& memory_;
  std::string text_;
};

std::optional<std::vector<Request>> requests(Bytes sent, Memory& memory) {
  if (auto request = start_up(sent)) return std::vector{std::move(*request)};
  Reader reader(sent);
  std::vector<Request> found;
  Unit unit(memory);
  // Types that a server sends, too, do not begin what a client says.
  constexpr std::string_view beginnings = "QPBFpX";
  bool first = true;
  while (reader.has(5)) {
    const char type = static_cast<char>(reader.byte());
    const std::uint32_t length = reader.big(4);
    if (length < 4 || length > longest) break;
    if (first && beginnings.find(type) == beginnings.npos) break;
    if (first && type == 'X' && length != 4) break;
    if (!unit.take(type, reader.take(length - 4), found)) break;
    first = false;
  }
  unit.flush(found);
  return found.empty() ? std::nullopt : std::optional(std::move(found));
}

// An error's fields: a letter each; 'M' is the message, 'C' the SQLSTATE.
std::string answer(Bytes bytes, Memory&) {
  for (Reader reader(bytes); reader.has(5);) {
    const char type = static_cast<char>(reader.byte());
    const std::uint32_t length = reader.big(4);
    if (length < 4 || length > longest) return {};
    Reader body(reader.take(length - 4));
    if (type != 'E') continue;
    std::string message, state;
    while (!body.empty()) {
      const char field = static_cast<char>(body.byte());
      if (field == 0) break;
      const std::string_view text = body.c_string();
      if (field == 'M') message = text;
      if (field == 'C') state = text;
    }
    return fmt::format("ERROR {}: {}", state, message);
  }
  return {};
}

}  // namespace

const Protocol postgresql{"PostgreSQL", requests, answer};

}  // namespace syscope::protocol
