// DNS: a header of twelve bytes, questions, answers. Names are labels with their lengths; in
// answers they may point back. RFC 1035, section 4.
#include <arpa/inet.h>
#include <fmt/format.h>

#include "protocol/protocol.h"
#include "protocol/reader.h"

namespace syscope::protocol {
namespace {

constexpr std::uint16_t response_bit = 0x8000;
constexpr std::uint16_t opcode_mask = 0x7800;
constexpr std::uint16_t reserved_bit = 0x0040;
constexpr std::size_t longest_name = 253;
constexpr std::uint32_t most_records = 64;

struct Header {
  std::uint32_t id, flags, questions, answers, authorities, additional;
};

std::optional<Header> header(Reader& reader) {
  if (!reader.has(12)) return {};
  Header head{};
  for (std::uint32_t* field : {&head.id, &head.flags, &head.questions, &head.answers,
                               &head.authorities, &head.additional}) {
    *field = reader.big(2);
  }
  const bool sane = (head.flags & (opcode_mask | reserved_bit)) == 0 && head.questions == 1 &&
                    head.answers <= most_records && head.authorities <= most_records &&
                    head.additional <= most_records;
  return sane ? std::optional(head) : std::nullopt;
}

std::string type_name(std::uint32_t type) {
  switch (type) {
    case 1: return "A";
    case 2: return "NS";
    case 5: return "CNAME";
    case 6: return "SOA";
    case 12: return "PTR";
    case 15: return "MX";
    case 16: return "TXT";
    case 28: return "AAAA";
    case 33: return "SRV";
    case 64: return "SVCB";
    case 65: return "HTTPS";
    case 255: return "ANY";
    default: return fmt::format("TYPE{}", type);
  }
}

// The labels of a question, with dots between them.
std::optional<std::string> name(Reader& reader) {
  std::string text;
  while (!reader.empty()) {
    const std::size_t size = reader.byte();
    if (size == 0) return text.empty() ? "." : text;
    if (size > 63 || !reader.has(size)) return {};
    if (!text.empty()) text += '.';
    text += as_chars(reader.take(size));
    if (text.size() > longest_name) return {};
  }
  return {};
}

std::optional<std::string> question(Reader& reader) {
  const auto asked = name(reader);
  if (!asked || !reader.has(4)) return {};
  const std::uint32_t type = reader.big(2);
  const std::uint32_t klass = reader.big(2) & 0x7fff;  // mDNS uses the highest bit
  if (type == 0 || (klass != 1 && klass != 3 && klass != 255)) return {};
  return type_name(type) + " " + *asked;
}

std::optional<std::vector<Request>> requests(Bytes sent, Memory&) {
  Reader reader(sent);
  const auto head = header(reader);
  if (!head || (head->flags & response_bit) != 0 || head->answers != 0) return {};
  auto asked = question(reader);
  if (!asked) return {};
  return std::vector{Request{.text = std::move(*asked), .id = head->id}};
}

bool skip_name(Reader& reader) {
  while (!reader.empty()) {
    const std::size_t size = reader.byte();
    if (size == 0) return true;
    if ((size & 0xc0) == 0xc0) {
      reader.byte();
      return true;
    }
    if (size > 63) return false;
    (void)reader.take(size);
  }
  return false;
}

std::string address(int family, Bytes data) {
  char text[INET6_ADDRSTRLEN] = "";
  return ::inet_ntop(family, data.data(), text, sizeof text) != nullptr ? text : "";
}

std::string code_name(std::uint32_t code) {
  static constexpr std::string_view names[] = {"",         "FORMERR", "SERVFAIL",
                                               "NXDOMAIN", "NOTIMP",  "REFUSED"};
  return code < std::size(names) ? std::string(names[code]) : fmt::format("error {}", code);
}

// The error, or the first address.
std::string answer(Bytes bytes, Memory&) {
  Reader reader(bytes);
  const auto head = header(reader);
  if (!head || (head->flags & response_bit) == 0) return {};
  if ((head->flags & 15) != 0) return code_name(head->flags & 15);
  if (!question(reader)) return {};
  for (std::uint32_t i = 0; i < head->answers; ++i) {
    if (!skip_name(reader) || !reader.has(10)) return {};
    const std::uint32_t type = reader.big(2);
    (void)reader.take(6);
    const Bytes data = reader.take(reader.big(2));
    if (type == 1 && data.size() == 4) return address(AF_INET, data);
    if (type == 28 && data.size() == 16) return address(AF_INET6, data);
  }
  return head->answers == 0 ? "no such record" : "";
}

Bytes behind_length(Bytes bytes) { return bytes.subspan(std::min<std::size_t>(2, bytes.size())); }

std::optional<std::vector<Request>> requests_over_tcp(Bytes sent, Memory& memory) {
  return requests(behind_length(sent), memory);
}

std::string answer_over_tcp(Bytes bytes, Memory& memory) {
  return answer(behind_length(bytes), memory);
}

}  // namespace

const Protocol dns{"DNS", requests, answer};
const Protocol dns_over_tcp{"DNS", requests_over_tcp, answer_over_tcp};

std::optional<std::uint32_t> dns_answer_id(Bytes datagram) {
  Reader reader(datagram);
  const auto head = header(reader);
  if (!head || (head->flags & response_bit) == 0) return {};
  return head->id;
}

}  // namespace syscope::protocol
