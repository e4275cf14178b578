#include "diagnose/server.h"

#include <sys/socket.h>

#include <algorithm>

#include "diagnose/sockets.h"

namespace syscope::diagnose {

ServerProduct product_of(pid_t pid, Scene& scene) {
  const std::string name = scene.name_of(pid);
  if (name == "mariadbd" || name == "mysqld") return ServerProduct::mysql;
  if (name == "postgres" || name == "postmaster") return ServerProduct::postgresql;
  if (name == "redis-server" || name == "valkey-server") return ServerProduct::redis;
  return ServerProduct::none;
}

ServerAnswer consult_server(ServerQuestion question, bool ask, Scene& scene) {
  constexpr auto patience = std::chrono::milliseconds(2500);
  question.deadline = std::min(scene.deadline(), std::chrono::steady_clock::now() + patience);
  const ServerProduct product = product_of(question.server, scene);
  ServerAnswer answer;
  if (ask) {
    switch (product) {
      case ServerProduct::mysql: answer = ask_mysql(question, scene); break;
      case ServerProduct::postgresql: answer = ask_postgresql(question, scene); break;
      case ServerProduct::redis: answer = ask_redis(question, scene); break;
      case ServerProduct::none: break;
    }
  }
  if (!answer.ours && product == ServerProduct::postgresql) {
    answer.ours = postgresql_title(question.server, scene);
  }
  return answer;
}

Listening listening(pid_t pid, Scene& scene) {
  Listening found;
  const auto files = scene.world().files(pid);
  if (!files) return found;
  for (const resolve::OpenFile& listed : *files) {
    if (!resolve::is_socket(listed.file_class)) continue;
    const resolve::OpenFile* file = scene.world().file(pid, listed.number);
    if (file == nullptr || file->socket == nullptr || file->socket->state != tcp_listen) continue;
    if (file->socket->family == AF_UNIX) {
      if (file->socket->name.starts_with('/')) found.paths.push_back(file->socket->name);
    } else {
      found.ports.push_back(file->socket->local.port);
    }
  }
  return found;
}

pid_t client_by_port(std::uint16_t client_port, pid_t server, Scene& scene) {
  const auto ports = listening(server, scene).ports;
  for (const resolve::SocketInfo& socket : socket_table(server, scene.world()).sockets) {
    if (socket.family == AF_UNIX || socket.local.port != client_port) continue;
    if (std::ranges::find(ports, socket.remote.port) == ports.end()) continue;
    for (const auto* file : scene.world().holders(resolve::FileClass::tcp, socket.inode)) {
      return file->pid;
    }
  }
  return 0;
}

pid_t client_of_backend(pid_t backend, Scene& scene) {
  const auto files = scene.world().files(backend);
  if (!files) return 0;
  for (const resolve::OpenFile& listed : *files) {
    if (!resolve::is_socket(listed.file_class)) continue;
    const resolve::OpenFile* file = scene.world().file(backend, listed.number);
    if (file == nullptr || file->socket == nullptr || file->socket->state != tcp_established) continue;
    for (const resolve::Peer& peer : scene.world().peers(*file).peers) {
      if (peer.pid != backend) return peer.pid;
    }
  }
  return 0;
}

}  // namespace syscope::diagnose
