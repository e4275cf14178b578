// connect(2) and accept(2): queues at the door.
//
// A unix client waits while the listener's queue is full; the name is in the client's memory. A TCP
// client whose SYN is not answered waits for a local listener with a full accept queue (the kernel
// drops the SYN and lets the client repeat it), or for a machine that does not answer. A server in
// accept waits for clients: nobody's fault.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>

#include "diagnose/rule.h"
#include "diagnose/sockets.h"

namespace syscope::diagnose {
namespace {

using capture::proc::SocketAddress;
using resolve::SocketInfo;

void blame_listener(Finding& finding, const SocketInfo& listener, const ThreadState& thread,
                    Scene& scene) {
  finding.evidence.push_back({"sock_diag", fmt::format("queue {} of {}", listener.receive_queue,
                                                       listener.send_queue)});
  const auto file_class =
      listener.family == AF_UNIX ? resolve::FileClass::unix_socket : resolve::FileClass::tcp;
  add_holders(finding, file_class, listener.inode, thread, "listens and does not accept", scene);
}

Finding connect_unix(const ThreadState& thread, std::string_view name, Scene& scene) {
  Finding finding;
  finding.rule = "connect";
  finding.resource = fmt::format("fd {}  unix socket {}: its queue of new connections is full",
                                 static_cast<int>(thread.argument(0)), printable_name(name));
  for (const SocketInfo& socket : socket_table(thread.id.pid, scene.world()).sockets) {
    if (socket.family == AF_UNIX && socket.state == tcp_listen && socket.name == name) {
      blame_listener(finding, socket, thread, scene);
      return finding;
    }
  }
  finding.certainty = Certainty::unknown;
  return finding;
}

Finding connect_inet(const ThreadState& thread, std::uint16_t family, const SocketAddress& to,
                     Scene& scene) {
  Finding finding;
  finding.rule = "connect";
  finding.resource = fmt::format("fd {}  TCP connection to {}",
                                 static_cast<int>(thread.argument(0)), resolve::address_text(family, to));
  const auto* file = scene.world().file(thread.id.pid, static_cast<int>(thread.argument(0)));
  if (file != nullptr && file->socket != nullptr) {
    finding.resource += fmt::format(": no answer yet, asked {} times",
                                    file->socket->timer_retransmits + 1);
  }
  const resolve::SocketTable& table = socket_table(thread.id.pid, scene.world());
  SocketInfo client;
  client.family = family;
  client.protocol = IPPROTO_TCP;
  client.remote = to;
  const SocketInfo* listener = scene.world().sockets().listener(client, table.name_space);
  if (listener == nullptr) {
    finding.resource += "; nobody of this machine listens there: a remote machine, or a firewall";
    finding.certainty = Certainty::likely;
    return finding;
  }
  finding.resource += listener->receive_queue > listener->send_queue
                          ? fmt::format("; the listener's accept queue is full ({} of {})",
                                        listener->receive_queue, listener->send_queue + 1)
                          : "; the listener has room: a firewall, or the answer is lost";
  blame_listener(finding, *listener, thread, scene);
  return finding;
}

}  // namespace

std::optional<Finding> connecting(const ThreadState& thread, Scene& scene) {
  if (!thread.is_in(SYS_connect)) return {};
  const std::size_t size = std::min<std::size_t>(thread.argument(2), sizeof(sockaddr_storage));
  sockaddr_storage storage{};
  const auto bytes = std::as_writable_bytes(std::span(&storage, 1)).first(size);
  if (size < sizeof(sa_family_t) || !scene.read_memory(thread.id.pid, thread.argument(1), bytes)) {
    return {};
  }
  if (storage.ss_family == AF_UNIX) {
    const auto& address = reinterpret_cast<const sockaddr_un&>(storage);
    std::string_view name(address.sun_path, std::min(size - offsetof(sockaddr_un, sun_path),
                                                     sizeof address.sun_path));
    if (!name.starts_with('\0')) name = name.substr(0, name.find('\0'));
    return connect_unix(thread, name, scene);
  }
  SocketAddress to;
  if (storage.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(storage);
    to.port = ntohs(address.sin_port);
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&address.sin_addr), 4, to.bytes.begin());
  } else if (storage.ss_family == AF_INET6) {
    const auto& address = reinterpret_cast<const sockaddr_in6&>(storage);
    to.port = ntohs(address.sin6_port);
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&address.sin6_addr), 16, to.bytes.begin());
  } else {
    return {};
  }
  return connect_inet(thread, storage.ss_family, to, scene);
}

}  // namespace syscope::diagnose
