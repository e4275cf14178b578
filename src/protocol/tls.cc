// TLS: records of a type, a version and a length. What they hold is not for us. RFC 8446,
// section 5.1.
#include "protocol/protocol.h"
#include "protocol/reader.h"

namespace syscope::protocol {
namespace {

constexpr std::uint8_t handshake = 22;
constexpr std::uint8_t application_data = 23;

std::optional<std::vector<Request>> requests(Bytes sent, Memory&) {
  Reader reader(sent);
  if (!reader.has(5)) return {};
  const std::uint8_t type = reader.byte();
  if ((type != handshake && type != application_data) || reader.byte() != 3 || reader.byte() > 4) {
    return {};
  }
  return std::vector{Request{.text = type == handshake ? "handshake" : "an encrypted request"}};
}

std::string answer(Bytes, Memory&) { return {}; }

}  // namespace

const Protocol tls{"TLS", requests, answer};

}  // namespace syscope::protocol
