// Requests and answers of well-known protocols, from the bytes of one connection. Pure functions:
// they read nothing but what they are given, and arbitrary bytes are safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace syscope::protocol {

// One thing that a client asks of a server.
struct Request {
  std::string text;  // "SELECT 1", "GET /x (example.org)", "BLPOP queue 0"; raw
  bool expects_answer = true;
  std::uint32_t id = 0;  // of DNS, where answers come in any order
};

// What a connection has taught that later messages refer to.
struct Memory {
  std::map<std::uint32_t, std::string> mysql_statements;     // by number
  std::string mysql_preparing;                               // its answer will bring the number
  std::map<std::string, std::string> postgresql_statements;  // by name; "" is the unnamed one
  std::map<std::string, std::string> postgresql_portals;
};

// `sent` is what the client has said since the server last spoke, as far as it was captured: it
// begins with a message unless the capture began in its middle. Nothing when it is another
// protocol's.
using ParseRequests = std::optional<std::vector<Request>>(Bytes sent, Memory& memory);
// What the first bytes of the answer tell, in few words: "200 OK", "ERROR 1064: ...". May be empty.
using ParseAnswer = std::string(Bytes answer, Memory& memory);

struct Protocol {
  std::string_view name;  // "MySQL"
  ParseRequests* requests;
  ParseAnswer* answer;
};

// Those that a stream may speak. TLS is among them: encrypted requests have no text.
extern const Protocol mysql, postgresql, redis, http, tls;
// DNS as a datagram holds it, and behind its two bytes of length over TCP.
extern const Protocol dns, dns_over_tcp;

// The protocol whose requests these are; null when nothing here knows. `port` (of the server, 0:
// none) decides where the bytes alone could mean several.
[[nodiscard]] const Protocol* recognise(Bytes sent, std::uint16_t port);
[[nodiscard]] const Protocol* recognise_datagram(Bytes datagram);

// The number that ties a DNS answer to its question; nothing when it is no answer.
[[nodiscard]] std::optional<std::uint32_t> dns_answer_id(Bytes datagram);

}  // namespace syscope::protocol
