#include "capture/proc/sock_diag.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets_diag.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>

#include "base/bytes.h"

namespace syscope::capture::proc {
namespace {

// How far a netlink read goes at once: the kernel fills up to 32 KiB per message of a dump.
constexpr std::size_t receive_size = 65536;
constexpr std::uint32_t no_cookie = ~0u;

// Walks the attributes behind a fixed part; sizes are checked before they are followed.
class Attributes {
 public:
  explicit Attributes(Bytes bytes) : rest_(bytes) {}
  bool next(std::uint16_t& type, Bytes& value) {
    if (rest_.size() < sizeof(rtattr)) return false;
    const auto head = load<rtattr>(rest_.data());
    if (head.rta_len < sizeof(rtattr) || head.rta_len > rest_.size()) return false;
    type = head.rta_type;
    value = rest_.subspan(sizeof(rtattr), head.rta_len - sizeof(rtattr));
    rest_ = rest_.subspan(std::min<std::size_t>(RTA_ALIGN(head.rta_len), rest_.size()));
    return true;
  }

 private:
  Bytes rest_;
};

// The kernel may know fewer or more fields than this header: what is missing stays zero.
template <class T>
T load_prefix(Bytes bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

TcpDetails tcp_details(Bytes bytes) {
  const auto info = load_prefix<tcp_info>(bytes);
  return {.congestion_state = info.tcpi_ca_state,
          .retransmits = info.tcpi_retransmits,
          .probes = info.tcpi_probes,
          .backoff = info.tcpi_backoff,
          .rto_us = info.tcpi_rto,
          .rtt_us = info.tcpi_rtt,
          .unacked = info.tcpi_unacked,
          .lost = info.tcpi_lost,
          .total_retransmits = info.tcpi_total_retrans,
          .last_data_sent_ms = info.tcpi_last_data_sent,
          .last_data_received_ms = info.tcpi_last_data_recv,
          .last_ack_received_ms = info.tcpi_last_ack_recv,
          .notsent_bytes = info.tcpi_notsent_bytes,
          .bytes_acked = info.tcpi_bytes_acked,
          .bytes_received = info.tcpi_bytes_received,
          .busy_us = info.tcpi_busy_time,
          .receive_window_limited_us = info.tcpi_rwnd_limited,
          .send_buffer_limited_us = info.tcpi_sndbuf_limited};
}

SocketTimer timer_of(std::uint8_t code) {
  switch (code) {
    case 1: return SocketTimer::retransmit;
    case 2: return SocketTimer::keepalive;
    case 3: return SocketTimer::time_wait;
    case 4: return SocketTimer::zero_window;
    default: return SocketTimer::none;
  }
}

SocketAddress address_of(const void* bytes, std::size_t size, std::uint16_t port) {
  SocketAddress address;
  std::memcpy(address.bytes.data(), bytes, size);
  address.port = ntohs(port);
  return address;
}

bool take_inet(Bytes body, SocketInfo& socket) {
  if (body.size() < sizeof(inet_diag_msg)) return false;
  const auto message = load<inet_diag_msg>(body.data());
  const std::size_t size = message.idiag_family == AF_INET ? 4 : 16;
  socket.inode = message.idiag_inode;
  socket.family = message.idiag_family;
  socket.state = message.idiag_state;
  socket.user = message.idiag_uid;
  socket.timer = timer_of(message.idiag_timer);
  socket.timer_retransmits = message.idiag_retrans;
  socket.timer_expires_ms = message.idiag_expires;
  socket.receive_queue = message.idiag_rqueue;
  socket.send_queue = message.idiag_wqueue;
  socket.interface = message.id.idiag_if;
  socket.local = address_of(message.id.idiag_src, size, message.id.idiag_sport);
  socket.remote = address_of(message.id.idiag_dst, size, message.id.idiag_dport);
  socket.cookie =
      message.id.idiag_cookie[0] | static_cast<std::uint64_t>(message.id.idiag_cookie[1]) << 32;
  Attributes attributes(body.subspan(sizeof message));
  std::uint16_t type = 0;
  for (Bytes value; attributes.next(type, value);)
    if (type == INET_DIAG_INFO) socket.tcp = std::make_shared<const TcpDetails>(tcp_details(value));
  return true;
}

void take_unix_attribute(std::uint16_t type, Bytes value, SocketInfo& socket) {
  switch (type) {
    case UNIX_DIAG_NAME: socket.name = as_chars(value); break;
    case UNIX_DIAG_VFS: {
      const auto vfs = load_prefix<unix_diag_vfs>(value);
      socket.file_inode = vfs.udiag_vfs_ino;
      socket.file_device = vfs.udiag_vfs_dev;
      break;
    }
    case UNIX_DIAG_PEER: socket.peer_inode = load_prefix<std::uint32_t>(value); break;
    case UNIX_DIAG_ICONS:
      for (std::size_t i = 0; i + 4 <= value.size(); i += 4)
        socket.pending.push_back(load<std::uint32_t>(value.data() + i));
      break;
    case UNIX_DIAG_RQLEN: {
      const auto queues = load_prefix<unix_diag_rqlen>(value);
      socket.receive_queue = queues.udiag_rqueue;
      socket.send_queue = queues.udiag_wqueue;
      break;
    }
    case UNIX_DIAG_UID: socket.user = load_prefix<std::uint32_t>(value); break;
    default: break;
  }
}

bool take_unix(Bytes body, SocketInfo& socket) {
  if (body.size() < sizeof(unix_diag_msg)) return false;
  const auto message = load<unix_diag_msg>(body.data());
  socket.family = AF_UNIX;
  socket.type = message.udiag_type;
  socket.state = message.udiag_state;
  socket.inode = message.udiag_ino;
  socket.cookie = message.udiag_cookie[0] | static_cast<std::uint64_t>(message.udiag_cookie[1])
                                                << 32;
  Attributes attributes(body.subspan(sizeof message));
  std::uint16_t type = 0;
  for (Bytes value; attributes.next(type, value);) take_unix_attribute(type, value, socket);
  // A path comes with the NUL that ended it; an abstract name starts with one and is all name.
  if (!socket.name.empty() && socket.name.front() != '\0')
    socket.name.resize(::strnlen(socket.name.data(), socket.name.size()));
  return true;
}

bool take_netlink(Bytes body, SocketInfo& socket) {
  if (body.size() < sizeof(netlink_diag_msg)) return false;
  const auto message = load<netlink_diag_msg>(body.data());
  socket.family = AF_NETLINK;
  socket.type = message.ndiag_type;
  socket.protocol = message.ndiag_protocol;
  socket.state = message.ndiag_state;
  socket.inode = message.ndiag_ino;
  socket.netlink_port = message.ndiag_portid;
  socket.netlink_peer_port = message.ndiag_dst_portid;
  Attributes attributes(body.subspan(sizeof message));
  std::uint16_t type = 0;
  for (Bytes value; attributes.next(type, value);)
    if (type == NETLINK_DIAG_GROUPS && value.size() >= 4)
      socket.netlink_groups = load<std::uint32_t>(value.data());
  return true;
}

bool take_packet(Bytes body, SocketInfo& socket) {
  if (body.size() < sizeof(packet_diag_msg)) return false;
  const auto message = load<packet_diag_msg>(body.data());
  socket.family = AF_PACKET;
  socket.type = message.pdiag_type;
  socket.protocol = message.pdiag_num;
  socket.inode = message.pdiag_ino;
  Attributes attributes(body.subspan(sizeof message));
  std::uint16_t type = 0;
  for (Bytes value; attributes.next(type, value);) {
    if (type == PACKET_DIAG_INFO)
      socket.interface = static_cast<std::uint32_t>(load_prefix<packet_diag_info>(value).pdi_index);
    if (type == PACKET_DIAG_UID) socket.user = load_prefix<std::uint32_t>(value);
  }
  return true;
}

bool take_vsock(Bytes body, SocketInfo& socket) {
  if (body.size() < sizeof(vsock_diag_msg)) return false;
  const auto message = load<vsock_diag_msg>(body.data());
  socket.family = AF_VSOCK;
  socket.type = message.vdiag_type;
  socket.state = message.vdiag_state;
  socket.inode = message.vdiag_ino;
  std::memcpy(socket.local.bytes.data(), &message.vdiag_src_cid, 4);
  std::memcpy(socket.remote.bytes.data(), &message.vdiag_dst_cid, 4);
  socket.local.port = static_cast<std::uint16_t>(message.vdiag_src_port);
  socket.remote.port = static_cast<std::uint16_t>(message.vdiag_dst_port);
  return true;
}

bool take_message(Bytes body, SocketInfo& socket) {
  if (body.empty()) return false;
  switch (std::to_integer<int>(body.front())) {  // every answer starts with its family
    case AF_INET:
    case AF_INET6: return take_inet(body, socket);
    case AF_UNIX: return take_unix(body, socket);
    case AF_NETLINK: return take_netlink(body, socket);
    case AF_PACKET: return take_packet(body, socket);
    case AF_VSOCK: return take_vsock(body, socket);
    default: return false;
  }
}

std::unexpected<Error> query_error(int errno_value) {
  if (errno_value == ENOENT)
    return fail(Cause::not_found, "no such socket, or no sock_diag module for its family");
  return fail_errno(errno_value, "cannot query the sockets");
}

Fd open_netlink() { return Fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)); }

}  // namespace

Result<SockDiag> SockDiag::open() {
  Fd fd = open_netlink();
  if (!fd) return fail_errno(errno, "cannot query the sockets", "netlink");
  return SockDiag(std::move(fd));
}

Result<SockDiag> SockDiag::open_in(const Root& root, pid_t pid) {
  const Fd target(::openat(root.fd(), RelativePath(pid, "ns/net").text(), O_RDONLY | O_CLOEXEC));
  if (!target)
    return fail_errno(errno, "cannot open the network namespace of process", std::to_string(pid),
                      "run as root");
  Fd fd;
  int error = 0;
  // A thread's namespace is its own: entering one here would follow every later call of this
  // thread.
  std::thread([&] {
    if (::setns(target.get(), CLONE_NEWNET) != 0) {
      error = errno;
      return;
    }
    fd = open_netlink();
    if (!fd) error = errno;
  }).join();
  if (!fd)
    return fail_errno(error, "cannot enter the network namespace of process", std::to_string(pid),
                      "run as root");
  return SockDiag(std::move(fd));
}

Result<std::vector<SocketInfo>> SockDiag::request(std::uint16_t type, const void* payload,
                                                  std::size_t size, bool dump) {
  struct {
    nlmsghdr head;
    std::byte payload[128];
  } query{};
  query.head.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(size));
  query.head.nlmsg_type = type;
  query.head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | (dump ? NLM_F_DUMP : 0));
  query.head.nlmsg_seq = ++sequence_;
  std::memcpy(query.payload, payload, std::min(size, sizeof query.payload));
  if (::send(fd_.get(), &query, query.head.nlmsg_len, 0) < 0) return query_error(errno);

  std::vector<SocketInfo> sockets;
  auto buffer = std::make_unique_for_overwrite<std::byte[]>(receive_size);
  for (;;) {
    const ssize_t count = ::recv(fd_.get(), buffer.get(), receive_size, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return query_error(count < 0 ? errno : EIO);
    Bytes rest(buffer.get(), static_cast<std::size_t>(count));
    while (rest.size() >= sizeof(nlmsghdr)) {
      const auto head = load<nlmsghdr>(rest.data());
      if (head.nlmsg_len < sizeof head || head.nlmsg_len > rest.size()) return query_error(EPROTO);
      const Bytes body = rest.subspan(NLMSG_HDRLEN, head.nlmsg_len - NLMSG_HDRLEN);
      rest = rest.subspan(std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), rest.size()));
      if (head.nlmsg_seq != sequence_) continue;  // left over from a query that failed half-way
      if (head.nlmsg_type == NLMSG_DONE) return sockets;
      if (head.nlmsg_type == NLMSG_ERROR) {
        const int error = body.size() >= 4 ? -load<std::int32_t>(body.data()) : EPROTO;
        if (error == 0) return sockets;
        return query_error(error);
      }
      SocketInfo socket;
      if (take_message(body, socket)) sockets.push_back(std::move(socket));
      if (!dump) return sockets;
    }
  }
}

Result<std::vector<SocketInfo>> SockDiag::dump_inet(int family, int protocol) {
  inet_diag_req_v2 query{};
  query.sdiag_family = static_cast<std::uint8_t>(family);
  query.sdiag_protocol = static_cast<std::uint8_t>(protocol);
  query.idiag_states = ~0u;
  auto sockets = request(SOCK_DIAG_BY_FAMILY, &query, sizeof query, true);
  if (!sockets) return sockets;
  for (SocketInfo& socket : *sockets) {
    socket.protocol = static_cast<std::uint16_t>(protocol);
    socket.type = protocol == IPPROTO_RAW ? SOCK_RAW : SOCK_DGRAM;
  }
  return sockets;
}

Result<std::vector<SocketInfo>> SockDiag::dump_tcp(TcpStates states) {
  // The older of two requests: it has no room for a family, and means all.
  inet_diag_req query{};
  query.idiag_family = AF_INET;
  query.idiag_states = static_cast<std::uint32_t>(states);
  auto sockets = request(TCPDIAG_GETSOCK, &query, sizeof query, true);
  if (!sockets) return sockets;
  for (SocketInfo& socket : *sockets) {
    socket.protocol = IPPROTO_TCP;
    socket.type = SOCK_STREAM;
  }
  return sockets;
}

Result<std::vector<SocketInfo>> SockDiag::dump_unix() {
  unix_diag_req query{};
  query.sdiag_family = AF_UNIX;
  query.udiag_states = ~0u;
  query.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_ICONS |
                     UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID;
  return request(SOCK_DIAG_BY_FAMILY, &query, sizeof query, true);
}

Result<std::vector<SocketInfo>> SockDiag::dump_netlink() {
  netlink_diag_req query{};
  query.sdiag_family = AF_NETLINK;
  query.sdiag_protocol = NDIAG_PROTO_ALL;
  query.ndiag_show = NDIAG_SHOW_GROUPS;
  return request(SOCK_DIAG_BY_FAMILY, &query, sizeof query, true);
}

Result<std::vector<SocketInfo>> SockDiag::dump_packet() {
  packet_diag_req query{};
  query.sdiag_family = AF_PACKET;
  query.pdiag_show = PACKET_SHOW_INFO;
  return request(SOCK_DIAG_BY_FAMILY, &query, sizeof query, true);
}

Result<std::vector<SocketInfo>> SockDiag::dump_vsock() {
  vsock_diag_req query{};
  query.sdiag_family = AF_VSOCK;
  query.vdiag_states = ~0u;
  return request(SOCK_DIAG_BY_FAMILY, &query, sizeof query, true);
}

Result<SocketInfo> SockDiag::find_tcp(int family, const SocketAddress& local,
                                      const SocketAddress& remote, std::uint32_t interface) {
  inet_diag_req_v2 query{};
  query.sdiag_family = static_cast<std::uint8_t>(family);
  query.sdiag_protocol = IPPROTO_TCP;
  query.idiag_states = ~0u;
  query.idiag_ext = 1 << (INET_DIAG_INFO - 1);
  query.id.idiag_sport = htons(local.port);
  query.id.idiag_dport = htons(remote.port);
  std::memcpy(query.id.idiag_src, local.bytes.data(), local.bytes.size());
  std::memcpy(query.id.idiag_dst, remote.bytes.data(), remote.bytes.size());
  query.id.idiag_if = interface;
  query.id.idiag_cookie[0] = query.id.idiag_cookie[1] = no_cookie;
  auto sockets = request(SOCK_DIAG_BY_FAMILY, &query, sizeof query, false);
  if (!sockets) return std::unexpected(std::move(sockets.error()));
  if (sockets->empty()) return fail(Cause::not_found, "no such socket");
  SocketInfo socket = std::move(sockets->front());
  socket.protocol = IPPROTO_TCP;
  socket.type = SOCK_STREAM;
  return socket;
}

Result<SocketInfo> SockDiag::find_unix(std::uint64_t inode) {
  unix_diag_req query{};
  query.sdiag_family = AF_UNIX;
  query.udiag_states = ~0u;
  query.udiag_ino = static_cast<std::uint32_t>(inode);
  query.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_ICONS |
                     UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID;
  query.udiag_cookie[0] = query.udiag_cookie[1] = no_cookie;
  auto sockets = request(SOCK_DIAG_BY_FAMILY, &query, sizeof query, false);
  if (!sockets) return std::unexpected(std::move(sockets.error()));
  if (sockets->empty()) return fail(Cause::not_found, "no such socket");
  return std::move(sockets->front());
}

}  // namespace syscope::capture::proc
