// Sockets as the kernel tells of them: through netlink in a network namespace of choice.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "capture/proc/root.h"

namespace syscope::capture::proc {

// One end of an internet socket.
struct SocketAddress {
  std::array<std::uint8_t, 16> bytes{};  // IPv4 in the first four
  std::uint16_t port = 0;                // host order

  friend bool operator==(const SocketAddress&, const SocketAddress&) = default;
};

// struct tcp_info of the kernel, as far as it explains a wait. tcp(7).
struct TcpDetails {
  std::uint8_t congestion_state = 0;  // 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss
  std::uint8_t retransmits = 0;       // of the segment at the head, now
  std::uint8_t probes = 0;            // of a zero window, now
  std::uint8_t backoff = 0;
  std::uint32_t rto_us = 0;
  std::uint32_t rtt_us = 0;
  std::uint32_t unacked = 0;  // segments
  std::uint32_t lost = 0;
  std::uint32_t total_retransmits = 0;
  std::uint32_t last_data_sent_ms = 0;  // ago; never: since the connection was made
  std::uint32_t last_data_received_ms = 0;
  std::uint32_t last_ack_received_ms = 0;
  std::uint32_t notsent_bytes = 0;
  std::uint64_t bytes_acked = 0;  // counts the opening SYN as one
  std::uint64_t bytes_received = 0;
  std::uint64_t busy_us = 0;
  std::uint64_t receive_window_limited_us = 0;  // the peer does not read
  std::uint64_t send_buffer_limited_us = 0;
};

// Sets of states of TCP, by the table that the kernel keeps such sockets in.
enum class TcpStates : std::uint32_t {
  listening = 1u << 10,
  bound = 1u << 13,                              // neither listening nor connected; Linux 6.8
  connected = ~(1u << 6 | 1u << 10 | 1u << 13),  // and on their way to it or from it
  all = ~(1u << 6),
};

enum class SocketTimer : std::uint8_t { none, retransmit, keepalive, time_wait, zero_window };

// A socket of any family; fields of other families stay empty.
struct SocketInfo {
  std::uint64_t inode = 0;   // 0: no process has it (not accepted, closing, of the kernel)
  std::uint16_t family = 0;  // AF_*
  std::uint16_t type = 0;    // SOCK_*; 0 where the kernel's answer does not say
  std::uint16_t protocol = 0;
  std::uint8_t state = 0;  // TCP_* of netinet/tcp.h, also for unix and UDP (ESTABLISHED: connected)
  SocketTimer timer = SocketTimer::none;
  std::uint8_t timer_retransmits = 0;
  std::uint32_t timer_expires_ms = 0;
  uid_t user = 0;
  SocketAddress local;
  SocketAddress remote;
  std::uint32_t interface = 0;      // bound to, or of a packet socket
  std::uint32_t receive_queue = 0;  // bytes; of a listener: connections waiting for accept(2)
  std::uint32_t send_queue = 0;     // bytes; of a listener: the backlog
  std::uint64_t cookie = 0;
  std::uint64_t name_space = 0;  // who fills it in says what it stands for; not set by SockDiag
  std::shared_ptr<const TcpDetails> tcp;  // where asked for

  // AF_UNIX
  std::string name;  // raw path; abstract names start with a NUL; empty: unnamed
  std::uint64_t peer_inode = 0;
  std::uint64_t file_inode = 0;  // of the name in the file system
  std::uint32_t file_device = 0;
  std::vector<std::uint32_t> pending;  // inodes of clients that a listener has not accepted

  // AF_NETLINK
  std::uint32_t netlink_port = 0;
  std::uint32_t netlink_peer_port = 0;
  std::uint32_t netlink_groups = 0;  // the first 32
};

// A netlink socket of one network namespace. sock_diag(7).
class SockDiag {
 public:
  // In this program's own namespace.
  [[nodiscard]] static Result<SockDiag> open();
  // In the namespace of a process: a short-lived thread enters it and leaves the socket behind.
  // Needs CAP_SYS_ADMIN, in this user namespace and the target's: setns(2).
  [[nodiscard]] static Result<SockDiag> open_in(const Root& root, pid_t pid);

  // All sockets of AF_INET or AF_INET6 and IPPROTO_UDP, _UDPLITE, _RAW, _ICMP, _MPTCP...
  // unsupported where the kernel lacks the module.
  [[nodiscard]] Result<std::vector<SocketInfo>> dump_inet(int family, int protocol);
  // TCP sockets of both families that a process may have, or that are about to be accepted: those
  // in TIME_WAIT, which nobody can have, are left out. The kernel looks at each bucket of the hash
  // tables concerned, once: few for listeners, half a million on a large machine for the others.
  [[nodiscard]] Result<std::vector<SocketInfo>> dump_tcp(TcpStates states);
  [[nodiscard]] Result<std::vector<SocketInfo>> dump_unix();
  [[nodiscard]] Result<std::vector<SocketInfo>> dump_netlink();
  [[nodiscard]] Result<std::vector<SocketInfo>> dump_packet();
  [[nodiscard]] Result<std::vector<SocketInfo>> dump_vsock();

  // The one TCP socket with these ends, with tcp_info; microseconds, whatever the number of
  // sockets. A listener has no remote end (all zero). not_found when there is none.
  [[nodiscard]] Result<SocketInfo> find_tcp(int family, const SocketAddress& local,
                                            const SocketAddress& remote,
                                            std::uint32_t interface = 0);
  // The one unix socket with this inode number. not_found when there is none.
  [[nodiscard]] Result<SocketInfo> find_unix(std::uint64_t inode);

 private:
  explicit SockDiag(Fd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] Result<std::vector<SocketInfo>> request(std::uint16_t type, const void* payload,
                                                        std::size_t size, bool dump);
  Fd fd_;
  std::uint32_t sequence_ = 0;
};

}  // namespace syscope::capture::proc
