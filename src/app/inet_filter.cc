#include "app/inet_filter.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

namespace syscope::app {
namespace {

using capture::proc::SocketAddress;

bool take_word(std::string_view& text, std::string_view word) {
  if (text.size() < word.size() || ::strncasecmp(text.data(), word.data(), word.size()) != 0)
    return false;
  text.remove_prefix(word.size());
  return true;
}

std::optional<std::pair<int, SocketAddress>> parse_address(std::string_view text) {
  const std::string plain(text);
  std::pair<int, SocketAddress> parsed{AF_INET, {}};
  if (::inet_pton(AF_INET, plain.c_str(), parsed.second.bytes.data()) == 1) return parsed;
  parsed.first = AF_INET6;
  if (::inet_pton(AF_INET6, plain.c_str(), parsed.second.bytes.data()) == 1) return parsed;
  return std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), port);
  if (end.ec == std::errc() && end.ptr == text.data() + text.size()) return port;
  const std::string name(text);
  for (const char* protocol : {"tcp", "udp"})
    if (const servent* const service = ::getservbyname(name.c_str(), protocol))
      return ntohs(static_cast<std::uint16_t>(service->s_port));
  return std::nullopt;
}

// An IPv4-mapped IPv6 address is the IPv4 address it maps.
std::pair<int, SocketAddress> unmapped(int family, const SocketAddress& address) {
  static constexpr std::uint8_t prefix[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (family != AF_INET6 || std::memcmp(address.bytes.data(), prefix, sizeof prefix) != 0)
    return {family, address};
  SocketAddress plain;
  std::memcpy(plain.bytes.data(), address.bytes.data() + sizeof prefix, 4);
  plain.port = address.port;
  return {AF_INET, plain};
}

std::unexpected<Error> bad(std::string_view what, std::string_view text) {
  return fail(Cause::usage, std::string(what), std::string(text),
              "write it as [4|6][tcp|udp][@address][:port,port-port]");
}

}  // namespace

Result<InetFilter> InetFilter::parse(std::string_view text) {
  const std::string_view whole = text;
  InetFilter filter;
  if (take_word(text, "4"))
    filter.family_ = AF_INET;
  else if (take_word(text, "6"))
    filter.family_ = AF_INET6;
  if (take_word(text, "tcp"))
    filter.protocol_ = IPPROTO_TCP;
  else if (take_word(text, "udp"))
    filter.protocol_ = IPPROTO_UDP;
  if (take_word(text, "@")) {
    std::size_t end = text.find(':');
    std::string_view host = text.substr(0, end);
    if (text.starts_with('[')) {
      end = text.find(']');
      if (end == text.npos) return bad("no ] behind an IPv6 address", whole);
      host = text.substr(1, end - 1);
      ++end;
    }
    text.remove_prefix(std::min(end, text.size()));
    if (host == "localhost") {
      filter.hosts_ = {*parse_address("127.0.0.1"), *parse_address("::1")};
    } else if (const auto address = parse_address(host)) {
      filter.hosts_.push_back(*address);
    } else {
      return bad("not an address (names are not looked up)", host);
    }
  }
  if (take_word(text, ":")) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(','), text.size());
      const std::string_view item = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      auto first = parse_port(item);
      auto last = first;
      if (const std::size_t dash = item.find('-'); !first && dash != item.npos) {
        first = parse_port(item.substr(0, dash));
        last = parse_port(item.substr(dash + 1));
      }
      if (!first || !last) return bad("not a port", item);
      filter.ports_.emplace_back(*first, *last);
    }
    if (filter.ports_.empty()) return bad("no port behind the colon", whole);
  }
  if (!text.empty()) return bad("not a selection of internet sockets", whole);
  return filter;
}

bool InetFilter::matches_end(int family, const SocketAddress& end) const {
  const auto [end_family, address] = unmapped(family, end);
  const bool port_fits =
      ports_.empty() || std::any_of(ports_.begin(), ports_.end(), [&](const auto& range) {
        return end.port >= range.first && end.port <= range.second;
      });
  if (!port_fits) return false;
  return hosts_.empty() || std::any_of(hosts_.begin(), hosts_.end(), [&](const Address& host) {
           return host.first == end_family && host.second.bytes == address.bytes;
         });
}

bool InetFilter::matches(const resolve::OpenFile& file) const {
  using resolve::FileClass;
  const resolve::SocketInfo* const socket = file.socket;
  if (socket == nullptr) {
    // Never bound: only its protocol is known.
    const bool inet = file.file_class == FileClass::tcp || file.file_class == FileClass::udp;
    const bool fits =
        protocol_ == 0 || (protocol_ == IPPROTO_TCP) == (file.file_class == FileClass::tcp);
    return inet && fits && family_ == 0 && hosts_.empty() && ports_.empty();
  }
  if (socket->family != AF_INET && socket->family != AF_INET6) return false;
  if (family_ != 0 && socket->family != family_) return false;
  if (protocol_ != 0 && socket->protocol != protocol_) return false;
  return matches_end(socket->family, socket->local) ||
         (socket->remote.port != 0 && matches_end(socket->family, socket->remote));
}

}  // namespace syscope::app
