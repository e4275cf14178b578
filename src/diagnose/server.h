// Database servers: what they do for the connection that somebody waits on.
//
// The connection is matched by what both sides know of it: the client's port, the process that serves
// it, or the server's descriptor. Servers are asked only when the person wants it, read only, with a
// deadline, through their own client programs (MariaDB, MySQL, PostgreSQL) or their own protocol (Redis).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "diagnose/finding.h"
#include "diagnose/scene.h"

namespace syscope::diagnose {

enum class ServerProduct : std::uint8_t { none, mysql, postgresql, redis };

// By the name of the program that holds the other end.
[[nodiscard]] ServerProduct product_of(pid_t pid, Scene& scene);

// One connection as its server sees it.
struct ServerSession {
  std::string description;  // "connection 204, user suitecrm, database suitecrm, 21 s"
  std::string statement;    // what it executes, or executed last; raw; may be empty
  bool executing = false;   // the server works on it now
  bool waits_for_lock = false;
  pid_t thread = 0;         // the server's OS thread or process that serves it; 0: not known
  std::uint16_t client_port = 0;
  pid_t client = 0;         // the client's process, where the server knows it
  std::string advice;       // how to end the statement; may be empty
};

struct ServerAnswer {
  std::optional<ServerSession> ours;
  std::vector<ServerSession> blockers;  // connections whose locks ours waits for
  std::string problem;                  // why there is no better answer; empty: nothing is missing
};

struct ServerQuestion {
  Connection connection;    // seen from the client
  pid_t client = 0;
  pid_t server = 0;
  int server_fd = -1;       // the server's descriptor of the connection
  Scene::Deadline deadline;
};

using AskServer = ServerAnswer(const ServerQuestion& question, Scene& scene);
AskServer ask_mysql, ask_postgresql, ask_redis;

// What can be known about the connection: by asking if `ask`, else by what is to be seen anyway. Empty
// when the other end is no server that is known here.
[[nodiscard]] ServerAnswer consult_server(ServerQuestion question, bool ask, Scene& scene);

// What PostgreSQL's process title tells without asking: "postgres: user database host(port) SELECT".
[[nodiscard]] std::optional<ServerSession> postgresql_title(pid_t backend, Scene& scene);

// The unix socket paths and the TCP ports on which a process listens.
struct Listening {
  std::vector<std::string> paths;
  std::vector<std::uint16_t> ports;
};
[[nodiscard]] Listening listening(pid_t pid, Scene& scene);

// The process at the client's end of a server's connection, by the client's TCP port; 0: not here.
[[nodiscard]] pid_t client_by_port(std::uint16_t client_port, pid_t server, Scene& scene);
// The same by the descriptors of the one process that serves it (PostgreSQL).
[[nodiscard]] pid_t client_of_backend(pid_t backend, Scene& scene);

}  // namespace syscope::diagnose
