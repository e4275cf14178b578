// TCP: whose turn is it?
//
// Each end's kernel knows what lies in its queues and when data last went each way. A reader waits for
// the peer's program when everything it sent has arrived; for the network when its bytes are not
// acknowledged; for an accept(2) when the peer's socket belongs to nobody yet; and for nothing in
// particular when it never asked (a connection in a pool). A writer waits for a peer that does not
// read, or for the network. Both ends are looked at when both are on this machine. tcp(7), sock_diag(7).
#include <fmt/format.h>

#include "diagnose/rule.h"
#include "diagnose/sockets.h"

namespace syscope::diagnose {
namespace {

using resolve::SocketInfo;
using capture::proc::SocketTimer;
using capture::proc::TcpDetails;

double seconds_of(std::uint32_t milliseconds) { return milliseconds / 1000.0; }

bool ever_sent(const SocketInfo& socket) {
  return socket.send_queue > 0 || (socket.tcp && socket.tcp->bytes_acked > 1);
}

bool sent_after_receiving(const TcpDetails& tcp) {
  return tcp.bytes_received == 0 || tcp.last_data_sent_ms < tcp.last_data_received_ms;
}

void describe(Finding& finding, const resolve::OpenFile& file, const SocketInfo& socket) {
  finding.resource = fmt::format("fd {}  TCP {} -> {} {}", file.number,
                                 resolve::address_text(socket.family, socket.local),
                                 resolve::address_text(socket.family, socket.remote),
                                 resolve::tcp_state_name(socket.state));
  finding.connection = Connection{.local = resolve::address_text(socket.family, socket.local),
                                  .remote = resolve::address_text(socket.family, socket.remote),
                                  .local_port = socket.local.port,
                                  .remote_port = socket.remote.port};
  finding.evidence.push_back({"sock_diag", fmt::format("receive queue {}, send queue {}",
                                                       socket.receive_queue, socket.send_queue)});
  if (socket.tcp) {
    finding.evidence.push_back(
        {"tcp_info", fmt::format("last sent {} ms ago, last received {} ms ago, unacknowledged {}, "
                                 "retransmits {}, not sent {} bytes",
                                 socket.tcp->last_data_sent_ms, socket.tcp->last_data_received_ms,
                                 socket.tcp->unacked, socket.tcp->retransmits,
                                 socket.tcp->notsent_bytes)});
  }
}

// What our side alone tells about a read: the text, and whether the network is to blame.
bool network_fault(Finding& finding, const SocketInfo& socket) {
  if (!socket.tcp || socket.send_queue == 0) return false;
  if (socket.tcp->retransmits == 0 && socket.tcp->backoff == 0) return false;
  if (socket.timer == SocketTimer::zero_window) return false;
  finding.resource += fmt::format(
      ": {} bytes that we sent are not acknowledged, after {} retransmissions: the network, or the "
      "remote machine", socket.send_queue, socket.tcp->retransmits);
  return true;
}

void explain_read(Finding& finding, const SocketInfo& socket, const SocketInfo* peer) {
  if (!ever_sent(socket) && socket.tcp && socket.tcp->bytes_received == 0) {
    finding.resource += ": nothing was ever sent on it, nothing came";
    finding.standing = peer != nullptr ? Standing::blocked : Standing::idle;
    finding.certainty = Certainty::likely;
    return;
  }
  if (peer != nullptr && peer->receive_queue > 0) {
    finding.resource += fmt::format(": our request was sent{}, {} bytes of it are not read",
                                    socket.tcp ? fmt::format(" {:.1f} s ago",
                                                             seconds_of(socket.tcp->last_data_sent_ms))
                                               : std::string(),
                                    peer->receive_queue);
    return;
  }
  if (!socket.tcp) {
    finding.resource += ": the kernel does not tell whose turn it is (its module tcp_diag is missing)";
    finding.certainty = Certainty::unknown;
    return;
  }
  if (sent_after_receiving(*socket.tcp)) {
    finding.resource += fmt::format(": our request was sent {:.1f} s ago, {}, nothing came back",
                                    seconds_of(socket.tcp->last_data_sent_ms),
                                    socket.send_queue == 0 ? "all of it received"
                                                           : "not all of it acknowledged");
    return;
  }
  finding.resource += fmt::format(
      ": the last word was the peer's, {:.1f} s ago: nothing of ours is outstanding",
      seconds_of(socket.tcp->last_data_received_ms));
  finding.standing = Standing::idle;
  finding.certainty = Certainty::likely;
}

void explain_write(Finding& finding, const SocketInfo& socket, const SocketInfo* peer) {
  finding.resource += fmt::format(": {} bytes wait to be sent", socket.send_queue);
  if (peer != nullptr) {
    finding.resource += fmt::format(", and the peer has {} bytes that it does not read",
                                    peer->receive_queue);
  } else if (socket.timer == SocketTimer::zero_window) {
    finding.resource += ", and the peer's window is closed: it does not read";
  }
}

bool not_accepted(Finding& finding, const ThreadState& thread, const SocketInfo& socket,
                  const SocketInfo& peer, Scene& scene) {
  if (peer.inode != 0) return false;
  resolve::Sockets& sockets = scene.world().sockets();
  const SocketInfo* listener = sockets.listener(socket, peer.name_space);
  if (listener == nullptr) return false;
  finding.resource += fmt::format(": connected {}, but the connection has not been accepted",
                                  ever_sent(socket) ? "and our request was sent" : "by the kernel");
  add_holders(finding, resolve::FileClass::tcp, listener->inode, thread,
              "listens and does not accept", scene);
  return true;
}

}  // namespace

Finding wait_on_tcp(const ThreadState& thread, const resolve::OpenFile& file, Direction direction,
                    Scene& scene) {
  Finding finding;
  finding.rule = "TCP";
  const auto now = file.socket != nullptr ? scene.tcp_now(thread.id.pid, *file.socket) : std::nullopt;
  const SocketInfo* socket = now ? &*now : file.socket;
  if (socket == nullptr) {
    finding.resource = fmt::format("fd {}  TCP socket that is neither connected nor listening",
                                   file.number);
    finding.certainty = Certainty::unknown;
    return finding;
  }
  if (socket->state == tcp_listen) {
    finding.resource =
        fmt::format("fd {}  TCP {} listening: waits for a client; {} of {} in the accept queue",
                    file.number, resolve::address_text(socket->family, socket->local),
                    socket->receive_queue, socket->send_queue);
    finding.standing = Standing::idle;
    return finding;
  }
  describe(finding, file, *socket);
  if (network_fault(finding, *socket)) return finding;
  resolve::Sockets& sockets = scene.world().sockets();
  // Looking for holders loads the sockets of all network namespaces, where the peer may be.
  (void)scene.world().holders(resolve::FileClass::tcp, socket->inode);
  const SocketInfo* peer = sockets.other_end(*socket, file.socket->name_space);
  if (peer != nullptr && not_accepted(finding, thread, *socket, *peer, scene)) return finding;
  if (direction == Direction::out) {
    explain_write(finding, *socket, peer);
  } else {
    explain_read(finding, *socket, peer);
  }
  if (peer != nullptr) {
    add_holders(finding, resolve::FileClass::tcp, peer->inode, thread, "has the other end", scene);
  } else {
    finding.notes.push_back("the peer is not on this machine, or behind address translation");
  }
  return finding;
}

}  // namespace syscope::diagnose
