#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>

#include "resolve/descriptor_class.h"
#include "resolve/open_file.h"

namespace syscope::resolve {

std::string_view lsof_type(const OpenFile& file) {
  if (file.socket != nullptr && file.socket->family == AF_INET6)
    return file.file_class == FileClass::raw ? "raw6" : "IPv6";
  // A socket that is not bound is in no table; the name of its protocol still tells, as in "TCPv6".
  for (const Detail& detail : file.details)
    if (is_socket(file.file_class) && detail.name == "protocol" && detail.value.ends_with("v6"))
      return "IPv6";
  return class_of(file.file_class).lsof_type;
}

std::string_view tcp_state_name(unsigned state) {
  static constexpr std::string_view names[] = {
      "",      "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",   "TIME_WAIT",
      "CLOSE", "CLOSE_WAIT",  "LAST_ACK", "LISTEN",   "CLOSING",   "NEW_SYN_RECV"};
  return state < std::size(names) ? names[state] : std::string_view{};
}

namespace {

// inet_ntop(3) goes through sprintf(3), which tables of many sockets feel.
void append_ipv4(const std::uint8_t* bytes, std::string& text) {
  char digits[16];
  char* at = digits;
  for (int i = 0; i < 4; ++i) {
    if (i != 0) *at++ = '.';
    at = std::to_chars(at, std::end(digits), bytes[i]).ptr;
  }
  text.append(digits, at);
}

}  // namespace

std::string address_text(int family, const capture::proc::SocketAddress& address) {
  static constexpr std::uint8_t mapped_prefix[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const std::uint8_t* bytes = address.bytes.data();
  std::string text;
  char number[INET6_ADDRSTRLEN];
  if (family == AF_INET6 && std::equal(std::begin(mapped_prefix), std::end(mapped_prefix), bytes)) {
    family = AF_INET;
    bytes += std::size(mapped_prefix);
  }
  const std::size_t size = family == AF_INET ? 4 : 16;
  if (std::all_of(bytes, bytes + size, [](std::uint8_t byte) { return byte == 0; })) {
    text.append("*");
  } else if (family == AF_INET) {
    append_ipv4(bytes, text);
  } else if (::inet_ntop(family, bytes, number, sizeof number) != nullptr) {
    text.append("[").append(number).append("]");
  }
  text += ':';
  text += address.port == 0 ? "*" : std::to_string(address.port);
  return text;
}

std::string_view socket_type_name(unsigned type) {
  switch (type) {
    case SOCK_STREAM: return "stream";
    case SOCK_DGRAM: return "dgram";
    case SOCK_RAW: return "raw";
    case SOCK_SEQPACKET: return "seqpacket";
    default: return {};
  }
}

std::string_view netlink_protocol_name(unsigned protocol) {
  switch (protocol) {
    case NETLINK_ROUTE: return "ROUTE";
    case NETLINK_USERSOCK: return "USERSOCK";
    case NETLINK_FIREWALL: return "FIREWALL";
    case NETLINK_SOCK_DIAG: return "SOCK_DIAG";
    case NETLINK_NFLOG: return "NFLOG";
    case NETLINK_XFRM: return "XFRM";
    case NETLINK_SELINUX: return "SELINUX";
    case NETLINK_ISCSI: return "ISCSI";
    case NETLINK_AUDIT: return "AUDIT";
    case NETLINK_FIB_LOOKUP: return "FIB_LOOKUP";
    case NETLINK_CONNECTOR: return "CONNECTOR";
    case NETLINK_NETFILTER: return "NETFILTER";
    case NETLINK_KOBJECT_UEVENT: return "KOBJECT_UEVENT";
    case NETLINK_GENERIC: return "GENERIC";
    case NETLINK_SCSITRANSPORT: return "SCSITRANSPORT";
    case NETLINK_CRYPTO: return "CRYPTO";
    default: return {};
  }
}

std::string protocol_name(unsigned protocol) {
  switch (protocol) {
    case IPPROTO_ICMP: return "ICMP";
    case IPPROTO_TCP: return "TCP";
    case IPPROTO_UDP: return "UDP";
    case IPPROTO_ICMPV6: return "ICMPV6";
    case IPPROTO_SCTP: return "SCTP";
    case IPPROTO_UDPLITE: return "UDPLITE";
    case IPPROTO_RAW: return "RAW";
    default: return std::to_string(protocol);
  }
}

}  // namespace syscope::resolve
