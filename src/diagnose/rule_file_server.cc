// File servers: NFS, SMB and their kind, which have not answered.
//
// The kernel is the client, and its connection belongs to no process; the options of the mount hold
// the server's address. That connection's state tells whether the server is reachable at all; the file
// system itself is never asked, for that would hang as well. nfs(5), mount.cifs(8).
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

#include "diagnose/rule.h"
#include "diagnose/sockets.h"

namespace syscope::diagnose {
namespace {

using capture::proc::mount_option;
using resolve::SocketInfo;

struct Server {
  std::uint16_t family = 0;  // 0: its address is not told
  capture::proc::SocketAddress address;
};

std::uint16_t customary_port(std::string_view type) { return type.starts_with("nfs") ? 2049 : 445; }

Server server_of(std::string_view type, std::string_view options) {
  Server server;
  const std::string text(mount_option(options, "addr").value_or(""));
  if (::inet_pton(AF_INET, text.c_str(), server.address.bytes.data()) == 1) server.family = AF_INET;
  if (::inet_pton(AF_INET6, text.c_str(), server.address.bytes.data()) == 1) server.family = AF_INET6;
  const std::string_view port = mount_option(options, "port").value_or("");
  std::from_chars(port.data(), port.data() + port.size(), server.address.port);
  if (server.address.port == 0) server.address.port = customary_port(type);
  return server;
}

// The kernel's connection to the server; null when there is none that is to be seen. Its inode belongs to no process.
const SocketInfo* connection_to(const Server& server, const resolve::SocketTable& table) {
  const auto found = std::ranges::find_if(table.sockets, [&](const SocketInfo& socket) {
    return socket.family == server.family && socket.protocol == IPPROTO_TCP &&
           socket.remote.port == server.address.port && socket.remote.bytes == server.address.bytes;
  });
  return found == table.sockets.end() ? nullptr : &*found;
}

// How the connection stands, after "it has not answered".
std::string connection_text(const SocketInfo* socket, Finding& finding, const ThreadState& thread,
                            Scene& scene) {
  if (socket == nullptr) return {};
  if (socket->state == tcp_syn_sent) return ", and cannot be reached: no connection to it comes about";
  const auto now = scene.tcp_now(thread.id.pid, *socket);
  if (!now || !now->tcp) return {};
  finding.evidence.push_back(
      {"tcp_info", fmt::format("last sent {} ms ago, last received {} ms ago, unacknowledged {}, "
                               "retransmits {}",
                               now->tcp->last_data_sent_ms, now->tcp->last_data_received_ms,
                               now->tcp->unacked, now->tcp->retransmits)});
  if (now->tcp->retransmits > 0) return ", nor does its machine, or the network to it is broken";
  return now->send_queue == 0 ? "; its machine has received all that was asked" : "";
}

}  // namespace

bool is_file_server(std::string_view type) {
  return type.starts_with("nfs") || type == "cifs" || type == "smb3" || type == "ceph" || type == "9p";
}

void explain_file_server(Finding& finding, std::string_view type, std::string_view source,
                         std::string_view place, std::string_view options,
                         const ThreadState& thread, Scene& scene) {
  finding.rule = "file server";
  const Server server = server_of(type, options);
  const std::string at =
      server.family == 0 ? std::string()
                         : fmt::format(" ({})", resolve::address_text(server.family, server.address));
  finding.resource =
      fmt::format("file server of {}{}, {} ({}): it has not answered", source, at, place, type);
  finding.advice =
      "Look at the server and the network to it. If it does not come back, only SIGKILL may end the "
      "wait.";
  if (server.family == 0) return;
  finding.evidence.push_back({"options of the mount", std::string(options)});
  const resolve::SocketTable& table = socket_table(thread.id.pid, scene.world());
  finding.resource += connection_text(connection_to(server, table), finding, thread, scene);
  SocketInfo client;
  client.family = server.family;
  client.protocol = IPPROTO_TCP;
  client.remote = server.address;
  const SocketInfo* listener = scene.world().sockets().listener(client, table.name_space);
  if (listener != nullptr && listener->inode != 0) {
    add_holders(finding, resolve::FileClass::tcp, listener->inode, thread, "is that server", scene);
  }
}

}  // namespace syscope::diagnose
