// Redis and Valkey: CLIENT LIST, in their own protocol (RESP).
//
// A TCP client stands in the list with its address, a client of the unix socket with the server's
// descriptor. The list has the last command without its arguments; flag b says that it blocks. The
// password comes from REDISCLI_AUTH, as redis-cli takes it.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/fd.h"
#include "diagnose/client_program.h"
#include "diagnose/server.h"

namespace syscope::diagnose {
namespace {

constexpr std::size_t most_reply = 4 << 20;

// A connection on which nothing waits longer than the deadline.
class Redis {
 public:
  Redis(Fd fd, Scene::Deadline deadline) : fd_(std::move(fd)), deadline_(deadline) {}

  static Result<Redis> connect(const sockaddr* address, socklen_t size, Scene::Deadline deadline) {
    Fd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return fail_errno(errno, "cannot make a socket");
    if (::connect(fd.get(), address, size) != 0 && errno != EINPROGRESS) {
      return fail_errno(errno, "cannot connect to Redis");
    }
    return Redis(std::move(fd), deadline);
  }

  // Sends one command and returns the reply without its framing: of a string its bytes, of anything
  // else its line. An error reply ("-NOAUTH ...") is an error.
  Result<std::string> command(const std::vector<std::string_view>& words) {
    std::string request = fmt::format("*{}\r\n", words.size());
    for (const std::string_view word : words) request += fmt::format("${}\r\n{}\r\n", word.size(), word);
    for (std::size_t sent = 0; sent < request.size();) {
      if (!ready(POLLOUT)) return fail(Cause::failed, "no answer in time", "Redis");
      const ssize_t got = ::send(fd_.get(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
      if (got < 0) return fail_errno(errno, "cannot write to Redis");
      sent += static_cast<std::size_t>(got);
    }
    return reply();
  }

 private:
  bool ready(short events) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline_ - std::chrono::steady_clock::now());
    pollfd wanted{fd_.get(), events, 0};
    return left.count() > 0 && ::poll(&wanted, 1, static_cast<int>(left.count())) == 1;
  }

  Result<std::string> reply() {
    std::string text;
    for (;;) {
      const std::size_t line = text.find("\r\n");
      if (line != text.npos) {
        if (text[0] == '-') return fail(Cause::failed, text.substr(1, line - 1), "Redis");
        if (text[0] != '$') return text.substr(1, line - 1);
        const long size = std::atol(text.c_str() + 1);
        if (size < 0) return std::string();
        const std::size_t start = line + 2;
        if (text.size() >= start + static_cast<std::size_t>(size) + 2) {
          return text.substr(start, static_cast<std::size_t>(size));
        }
      }
      char block[16384];
      if (text.size() > most_reply) return fail(Cause::failed, "too long an answer", "Redis");
      if (!ready(POLLIN)) return fail(Cause::failed, "no answer in time", "Redis");
      const ssize_t got = ::recv(fd_.get(), block, sizeof block, 0);
      if (got <= 0) return fail(Cause::failed, "it closed the connection", "Redis");
      text.append(block, static_cast<std::size_t>(got));
    }
  }

  Fd fd_;
  Scene::Deadline deadline_;
};

Result<Redis> connect_to(const ServerQuestion& question, Scene& scene) {
  const Listening where = listening(question.server, scene);
  for (const std::string& path : where.paths) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) continue;
    std::memcpy(address.sun_path, path.data(), path.size());
    auto redis = Redis::connect(reinterpret_cast<const sockaddr*>(&address), sizeof address,
                                question.deadline);
    if (redis) return redis;
  }
  for (const std::uint16_t port : where.ports) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return Redis::connect(reinterpret_cast<const sockaddr*>(&address), sizeof address,
                          question.deadline);
  }
  return fail(Cause::not_found, "it listens nowhere", "Redis");
}

std::string field(const std::string& line, std::string_view name) {
  const std::string wanted = " " + std::string(name) + "=";
  const std::size_t at = (" " + line).find(wanted);
  if (at == line.npos || at > line.size()) return {};
  const std::size_t start = at + wanted.size() - 1;
  return line.substr(start, line.find(' ', start) - start);
}

bool is_ours(const std::string& line, const ServerQuestion& question) {
  if (question.connection.is_unix) return field(line, "fd") == std::to_string(question.server_fd);
  return field(line, "addr").ends_with(fmt::format(":{}", question.connection.local_port));
}

ServerSession session_of(const std::string& line) {
  ServerSession session;
  const bool blocked = field(line, "flags").find('b') != std::string::npos;
  session.description =
      fmt::format("client {}, user {}, database {}, {}last command {} {} s ago", field(line, "id"),
                  field(line, "user"), field(line, "db"), blocked ? "blocked, " : "",
                  field(line, "cmd"), field(line, "idle"));
  if (blocked) {
    session.statement = field(line, "cmd") + " (waits for another client to supply data)";
    session.executing = true;
    session.advice = fmt::format("To stop it: CLIENT UNBLOCK {}", field(line, "id"));
  }
  return session;
}

}  // namespace

ServerAnswer ask_redis(const ServerQuestion& question, Scene& scene) {
  ServerAnswer answer;
  auto redis = connect_to(question, scene);
  if (!redis) {
    answer.problem = redis.error().text();
    return answer;
  }
  if (const char* password = std::getenv("REDISCLI_AUTH")) {
    if (auto done = redis->command({"AUTH", password}); !done) answer.problem = done.error().text();
  }
  const auto list = redis->command({"CLIENT", "LIST"});
  if (!list) {
    answer.problem = list.error().text();
    return answer;
  }
  for (const std::string& line : split_lines(*list)) {
    if (is_ours(line, question)) {
      answer.ours = session_of(line);
      answer.problem.clear();
      return answer;
    }
  }
  answer.problem = "CLIENT LIST does not show this connection";
  return answer;
}

}  // namespace syscope::diagnose
