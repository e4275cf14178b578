#include "capture/proc/socket_options.h"

#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstring>
#include <optional>
#include <span>
#include <utility>

// Newer than the headers of some systems that build this.
#ifndef SO_RCVMARK
#define SO_RCVMARK 75
#endif
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

namespace syscope::capture::proc {
namespace {

using Form = SocketOption::Form;

struct KnownOption {
  int level;
  int option;
  std::string_view name;
  Form form;
  std::int64_t usual = 0;  // not shown; of flags: off
};

constexpr std::int64_t never_usual = INT64_MIN;

constexpr KnownOption general_options[] = {
    {SOL_SOCKET, SO_DEBUG, "DEBUG", Form::flag},
    {SOL_SOCKET, SO_REUSEADDR, "REUSEADDR", Form::flag},
    {SOL_SOCKET, SO_REUSEPORT, "REUSEPORT", Form::flag},
    {SOL_SOCKET, SO_DONTROUTE, "DONTROUTE", Form::flag},
    {SOL_SOCKET, SO_BROADCAST, "BROADCAST", Form::flag},
    {SOL_SOCKET, SO_OOBINLINE, "OOBINLINE", Form::flag},
    {SOL_SOCKET, SO_NO_CHECK, "NO_CHECK", Form::flag},
    {SOL_SOCKET, SO_PASSCRED, "PASSCRED", Form::flag},
    {SOL_SOCKET, SO_PASSSEC, "PASSSEC", Form::flag},
    {SOL_SOCKET, SO_PASSPIDFD, "PASSPIDFD", Form::flag},
    {SOL_SOCKET, SO_TIMESTAMP_OLD, "TIMESTAMP", Form::flag},
    {SOL_SOCKET, SO_TIMESTAMP_NEW, "TIMESTAMP", Form::flag},
    {SOL_SOCKET, SO_TIMESTAMPNS_OLD, "TIMESTAMPNS", Form::flag},
    {SOL_SOCKET, SO_TIMESTAMPNS_NEW, "TIMESTAMPNS", Form::flag},
    {SOL_SOCKET, SO_TIMESTAMPING_OLD, "TIMESTAMPING", Form::bits},
    {SOL_SOCKET, SO_RXQ_OVFL, "RXQ_OVFL", Form::flag},
    {SOL_SOCKET, SO_WIFI_STATUS, "WIFI_STATUS", Form::flag},
    {SOL_SOCKET, SO_NOFCS, "NOFCS", Form::flag},
    {SOL_SOCKET, SO_LOCK_FILTER, "LOCK_FILTER", Form::flag},
    {SOL_SOCKET, SO_SELECT_ERR_QUEUE, "SELECT_ERR_QUEUE", Form::flag},
    {SOL_SOCKET, SO_ZEROCOPY, "ZEROCOPY", Form::flag},
    {SOL_SOCKET, SO_RCVMARK, "RCVMARK", Form::flag},
    {SOL_SOCKET, SO_PREFER_BUSY_POLL, "PREFER_BUSY_POLL", Form::flag},
    {SOL_SOCKET, SO_PRIORITY, "PRIORITY", Form::number},
    {SOL_SOCKET, SO_MARK, "MARK", Form::bits},
    {SOL_SOCKET, SO_BINDTODEVICE, "BINDTODEVICE", Form::text},
    {SOL_SOCKET, SO_BUSY_POLL, "BUSY_POLL", Form::number},
    {SOL_SOCKET, SO_PEEK_OFF, "PEEK_OFF", Form::number, -1},
    {SOL_SOCKET, SO_MAX_PACING_RATE, "MAX_PACING_RATE", Form::number, -1},
    {SOL_SOCKET, SO_RCVTIMEO, "RCVTIMEO", Form::seconds},
    {SOL_SOCKET, SO_SNDTIMEO, "SNDTIMEO", Form::seconds},
    {SOL_SOCKET, SO_RCVLOWAT, "RCVLOWAT", Form::number, 1},
    {SOL_SOCKET, SO_RCVBUF, "RCVBUF", Form::number, never_usual},
    {SOL_SOCKET, SO_SNDBUF, "SNDBUF", Form::number, never_usual},
};

constexpr KnownOption keepalive_options[] = {
    {IPPROTO_TCP, TCP_KEEPIDLE, "KEEPIDLE", Form::number, never_usual},
    {IPPROTO_TCP, TCP_KEEPINTVL, "KEEPINTVL", Form::number, never_usual},
    {IPPROTO_TCP, TCP_KEEPCNT, "KEEPCNT", Form::number, never_usual},
};

// What is usual is the value of net.ipv4.tcp_* as the kernel has it at boot.
constexpr KnownOption tcp_options[] = {
    {IPPROTO_TCP, TCP_NODELAY, "NODELAY", Form::flag},
    {IPPROTO_TCP, TCP_CORK, "CORK", Form::flag},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT, "DEFER_ACCEPT", Form::number},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, "USER_TIMEOUT", Form::number},
    {IPPROTO_TCP, TCP_RTO_MAX_MS, "RTO_MAX_MS", Form::number, 120'000},
    {IPPROTO_TCP, TCP_SYNCNT, "SYNCNT", Form::number, 6},
    {IPPROTO_TCP, TCP_LINGER2, "LINGER2", Form::number, 60},
    {IPPROTO_TCP, TCP_FASTOPEN, "FASTOPEN", Form::number},
    {IPPROTO_TCP, TCP_FASTOPEN_CONNECT, "FASTOPEN_CONNECT", Form::flag},
    {IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, "FASTOPEN_NO_COOKIE", Form::flag},
    {IPPROTO_TCP, TCP_NOTSENT_LOWAT, "NOTSENT_LOWAT", Form::number},
    {IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, "THIN_LINEAR_TIMEOUTS", Form::flag},
    {IPPROTO_TCP, TCP_REPAIR, "REPAIR", Form::flag},
    {IPPROTO_TCP, TCP_SAVE_SYN, "SAVE_SYN", Form::flag},
    {IPPROTO_TCP, TCP_INQ, "INQ", Form::flag},
    {IPPROTO_TCP, TCP_MAXSEG, "MSS", Form::number, never_usual},
    {IPPROTO_TCP, TCP_ULP, "ULP", Form::text},
    {IPPROTO_TCP, TCP_CONGESTION, "CONGESTION", Form::text},
};

constexpr KnownOption udp_options[] = {
    {IPPROTO_UDP, UDP_CORK, "CORK", Form::flag},
    {IPPROTO_UDP, UDP_ENCAP, "ENCAP", Form::number},
    {IPPROTO_UDP, UDP_SEGMENT, "SEGMENT", Form::number},
    {IPPROTO_UDP, UDP_GRO, "GRO", Form::flag},
};

constexpr std::int64_t usual_hops = 64;  // IPDEFTTL, IPV6_DEFAULT_HOPLIMIT

constexpr KnownOption ipv4_options[] = {
    {IPPROTO_IP, IP_TOS, "TOS", Form::bits},
    {IPPROTO_IP, IP_TTL, "TTL", Form::number, usual_hops},
    {IPPROTO_IP, IP_MINTTL, "MINTTL", Form::number},
    {IPPROTO_IP, IP_HDRINCL, "HDRINCL", Form::flag},
    {IPPROTO_IP, IP_TRANSPARENT, "TRANSPARENT", Form::flag},
    {IPPROTO_IP, IP_FREEBIND, "FREEBIND", Form::flag},
    {IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, "BIND_ADDRESS_NO_PORT", Form::flag},
    {IPPROTO_IP, IP_LOCAL_PORT_RANGE, "LOCAL_PORT_RANGE", Form::bits},
    {IPPROTO_IP, IP_MTU_DISCOVER, "MTU_DISCOVER", Form::number, IP_PMTUDISC_WANT},
    {IPPROTO_IP, IP_NODEFRAG, "NODEFRAG", Form::flag},
    {IPPROTO_IP, IP_PKTINFO, "PKTINFO", Form::flag},
    {IPPROTO_IP, IP_RECVERR, "RECVERR", Form::flag},
    {IPPROTO_IP, IP_RECVTTL, "RECVTTL", Form::flag},
    {IPPROTO_IP, IP_RECVTOS, "RECVTOS", Form::flag},
    {IPPROTO_IP, IP_RECVORIGDSTADDR, "RECVORIGDSTADDR", Form::flag},
    {IPPROTO_IP, IP_MULTICAST_TTL, "MULTICAST_TTL", Form::number, 1},
    {IPPROTO_IP, IP_MULTICAST_LOOP, "MULTICAST_LOOP", Form::number, 1},
    {IPPROTO_IP, IP_MULTICAST_ALL, "MULTICAST_ALL", Form::number, 1},
};

// The first two are for what it sends to IPv4-mapped addresses.
constexpr KnownOption ipv6_options[] = {
    {IPPROTO_IP, IP_TOS, "TOS", Form::bits},
    {IPPROTO_IP, IP_TTL, "TTL", Form::number, usual_hops},
    {IPPROTO_IPV6, IPV6_V6ONLY, "V6ONLY", Form::flag},
    {IPPROTO_IPV6, IPV6_TCLASS, "TCLASS", Form::bits},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, "UNICAST_HOPS", Form::number, usual_hops},
    {IPPROTO_IPV6, IPV6_MINHOPCOUNT, "MINHOPCOUNT", Form::number},
    {IPPROTO_IPV6, IPV6_HDRINCL, "HDRINCL", Form::flag},
    {IPPROTO_IPV6, IPV6_TRANSPARENT, "TRANSPARENT", Form::flag},
    {IPPROTO_IPV6, IPV6_FREEBIND, "FREEBIND", Form::flag},
    {IPPROTO_IPV6, IPV6_MTU_DISCOVER, "MTU_DISCOVER", Form::number, IPV6_PMTUDISC_WANT},
    {IPPROTO_IPV6, IPV6_DONTFRAG, "DONTFRAG", Form::flag},
    {IPPROTO_IPV6, IPV6_RECVPKTINFO, "RECVPKTINFO", Form::flag},
    {IPPROTO_IPV6, IPV6_RECVERR, "RECVERR", Form::flag},
    {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, "RECVHOPLIMIT", Form::flag},
    {IPPROTO_IPV6, IPV6_RECVTCLASS, "RECVTCLASS", Form::flag},
    {IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, "RECVORIGDSTADDR", Form::flag},
    {IPPROTO_IPV6, IPV6_MULTICAST_HOPS, "MULTICAST_HOPS", Form::number, 1},
    {IPPROTO_IPV6, IPV6_MULTICAST_LOOP, "MULTICAST_LOOP", Form::number, 1},
    {IPPROTO_IPV6, IPV6_MULTICAST_ALL, "MULTICAST_ALL", Form::number, 1},
};

// PACKET_STATISTICS is missing on purpose: reading it sets it to zero.
constexpr KnownOption packet_options[] = {
    {SOL_PACKET, PACKET_AUXDATA, "AUXDATA", Form::flag},
    {SOL_PACKET, PACKET_ORIGDEV, "ORIGDEV", Form::flag},
    {SOL_PACKET, PACKET_VNET_HDR, "VNET_HDR", Form::flag},
    {SOL_PACKET, PACKET_LOSS, "LOSS", Form::flag},
    {SOL_PACKET, PACKET_TX_HAS_OFF, "TX_HAS_OFF", Form::flag},
    {SOL_PACKET, PACKET_QDISC_BYPASS, "QDISC_BYPASS", Form::flag},
    {SOL_PACKET, PACKET_IGNORE_OUTGOING, "IGNORE_OUTGOING", Form::flag},
    {SOL_PACKET, PACKET_VERSION, "VERSION", Form::number, TPACKET_V1},
    {SOL_PACKET, PACKET_RESERVE, "RESERVE", Form::number},
    {SOL_PACKET, PACKET_TIMESTAMP, "TIMESTAMP", Form::bits},
    {SOL_PACKET, PACKET_FANOUT, "FANOUT", Form::bits},
};

constexpr KnownOption netlink_options[] = {
    {SOL_NETLINK, NETLINK_PKTINFO, "PKTINFO", Form::flag},
    {SOL_NETLINK, NETLINK_BROADCAST_ERROR, "BROADCAST_ERROR", Form::flag},
    {SOL_NETLINK, NETLINK_NO_ENOBUFS, "NO_ENOBUFS", Form::flag},
    {SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, "LISTEN_ALL_NSID", Form::flag},
    {SOL_NETLINK, NETLINK_CAP_ACK, "CAP_ACK", Form::flag},
    {SOL_NETLINK, NETLINK_EXT_ACK, "EXT_ACK", Form::flag},
    {SOL_NETLINK, NETLINK_GET_STRICT_CHK, "GET_STRICT_CHK", Form::flag},
};

constexpr KnownOption vsock_options[] = {
    {AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, "BUFFER_SIZE", Form::number, never_usual},
    {AF_VSOCK, SO_VM_SOCKETS_BUFFER_MIN_SIZE, "BUFFER_MIN_SIZE", Form::number, 128},
    {AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, "BUFFER_MAX_SIZE", Form::number, 256 * 1024},
    {AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD, "CONNECT_TIMEOUT", Form::seconds, 2'000'000},
};

std::optional<std::int64_t> read_number(int socket, int level, int option) {
  std::int64_t value = 0;  // most options fill an int, some the whole
  socklen_t size = sizeof value;
  if (::getsockopt(socket, level, option, &value, &size) != 0) return std::nullopt;
  if (size > sizeof(int)) return value;
  int narrow = 0;
  std::memcpy(&narrow, &value, sizeof narrow);
  return narrow;
}

std::optional<std::int64_t> read_duration(int socket, int level, int option) {
  timeval value{};
  socklen_t size = sizeof value;
  if (::getsockopt(socket, level, option, &value, &size) != 0) return std::nullopt;
  return std::int64_t{value.tv_sec} * 1'000'000 + value.tv_usec;
}

std::string read_text(int socket, int level, int option) {
  char value[64] = {};
  socklen_t size = sizeof value - 1;
  if (::getsockopt(socket, level, option, value, &size) != 0) return {};
  return std::string(value, ::strnlen(value, size));
}

class Answers {
 public:
  explicit Answers(int socket) : socket_(socket) {}

  void ask(std::span<const KnownOption> options) {
    for (const KnownOption& known : options) ask(known);
  }

  void ask(const KnownOption& known) {
    if (known.form == Form::text) {
      std::string text = read_text(socket_, known.level, known.option);
      if (!text.empty()) found_.push_back({known.name, Form::text, 0, std::move(text)});
      return;
    }
    const auto value = known.form == Form::seconds
                           ? read_duration(socket_, known.level, known.option)
                           : read_number(socket_, known.level, known.option);
    if (!value || *value == known.usual) return;
    const bool unsigned_int = known.form == Form::bits;
    found_.push_back(
        {known.name, known.form, unsigned_int ? std::int64_t{std::uint32_t(*value)} : *value, {}});
  }

  // Whether it is on.
  bool ask_keepalive() {
    if (read_number(socket_, SOL_SOCKET, SO_KEEPALIVE).value_or(0) == 0) return false;
    found_.push_back({"KEEPALIVE", Form::flag, 1, {}});
    return true;
  }

  // Whether close(2) waits for the other end.
  bool ask_linger() {
    linger value{};
    socklen_t size = sizeof value;
    if (::getsockopt(socket_, SOL_SOCKET, SO_LINGER, &value, &size) != 0 || value.l_onoff == 0)
      return false;
    found_.push_back({"LINGER", Form::number, value.l_linger, {}});
    return value.l_linger != 0;
  }

  // A size that the owner has set does not adapt itself any more.
  void ask_fixed_buffers() {
    constexpr std::string_view names[] = {"", "SND", "RCV", "RCV|SND"};
    const auto fixed = read_number(socket_, SOL_SOCKET, SO_BUF_LOCK).value_or(0) & 3;
    if (fixed != 0)
      found_.push_back(
          {"BUF_LOCK", Form::text, 0, std::string(names[static_cast<std::size_t>(fixed)])});
  }

  // The instructions of a classic filter: the kernel counts them when there is no room for any.
  void ask_filter() {
    socklen_t count = 0;
    if (::getsockopt(socket_, SOL_SOCKET, SO_GET_FILTER, nullptr, &count) == 0 && count != 0)
      found_.push_back({"FILTER", Form::number, count, {}});
  }

  [[nodiscard]] std::vector<SocketOption> take() { return std::move(found_); }

 private:
  int socket_;
  std::vector<SocketOption> found_;
};

void ask_family(int socket, Answers& answers) {
  const auto family = read_number(socket, SOL_SOCKET, SO_DOMAIN).value_or(AF_UNSPEC);
  const auto protocol = read_number(socket, SOL_SOCKET, SO_PROTOCOL).value_or(0);
  switch (family) {
    case AF_INET:
    case AF_INET6:
      if (protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP) answers.ask(tcp_options);
      if (protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE) answers.ask(udp_options);
      return answers.ask(family == AF_INET ? std::span<const KnownOption>(ipv4_options)
                                           : std::span<const KnownOption>(ipv6_options));
    case AF_PACKET: return answers.ask(packet_options);
    case AF_NETLINK: return answers.ask(netlink_options);
    case AF_VSOCK: return answers.ask(vsock_options);
    default: return;
  }
}

}  // namespace

Result<std::vector<SocketOption>> SocketOptionReader::read(pid_t pid, int number,
                                                           std::uint64_t inode) {
  auto borrowed = copies_.borrow(pid, number, inode);
  if (!borrowed) return std::unexpected(std::move(borrowed.error()));
  Answers answers(borrowed->get());
  if (answers.ask_keepalive()) answers.ask(keepalive_options);
  const bool lingers = answers.ask_linger();
  answers.ask(general_options);
  answers.ask_fixed_buffers();
  answers.ask_filter();
  ask_family(borrowed->get(), answers);
  if (lingers) SocketCopies::close_aside(std::move(*borrowed));
  return answers.take();
}

}  // namespace syscope::capture::proc
