#include "protocol/protocol.h"

namespace syscope::protocol {
namespace {

constexpr std::uint16_t dns_port = 53;
constexpr std::uint16_t mysql_port = 3306;
constexpr std::uint16_t postgresql_port = 5432;
constexpr std::uint16_t redis_port = 6379;

bool speaks(const Protocol& protocol, Bytes sent) {
  Memory fresh;
  return protocol.requests(sent, fresh).has_value();
}

// One that its port names is believed first.
const Protocol* usual(std::uint16_t port) {
  switch (port) {
    case dns_port: return &dns_over_tcp;
    case mysql_port: return &mysql;
    case postgresql_port: return &postgresql;
    case redis_port: return &redis;
    default: return nullptr;
  }
}

}  // namespace

const Protocol* recognise(Bytes sent, std::uint16_t port) {
  const Protocol* const expected = usual(port);
  if (expected != nullptr && speaks(*expected, sent)) return expected;
  if (speaks(http, sent)) return &http;
  // An inline command of Redis is any line of text: only its array is a mark of its own.
  if (as_chars(sent).starts_with('*') && speaks(redis, sent)) return &redis;
  for (const Protocol* each : {&tls, &postgresql, &mysql}) {
    if (speaks(*each, sent)) return each;
  }
  return nullptr;
}

const Protocol* recognise_datagram(Bytes datagram) {
  return speaks(dns, datagram) ? &dns : nullptr;
}

}  // namespace syscope::protocol
