// MariaDB and MySQL: the list of processes.
//
// A TCP client stands in information_schema.processlist with its address and port. A client of the unix
// socket stands there as "localhost": then the process number that most client libraries send as a
// connection attribute tells (performance_schema, if it is on), or that there is only one such
// connection. Locks: who holds the row that a transaction waits for is in the InnoDB tables. Login is by
// the client program's own configuration, then, as root, as the user that the server runs as.
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <map>

#include "diagnose/client_program.h"
#include "diagnose/server.h"

namespace syscope::diagnose {
namespace {

// The column TID (the thread's number for the operating system) is MariaDB's alone.
std::string query(bool has_tid) {
  return fmt::format(
      "SELECT 'p', ID, USER, HOST, IFNULL(DB,''), COMMAND, TIME, IFNULL(STATE,''), "
      "IFNULL(INFO,''), {} FROM information_schema.PROCESSLIST;"
      "SELECT 'l', r.trx_mysql_thread_id, b.trx_mysql_thread_id "
      "FROM information_schema.INNODB_LOCK_WAITS w "
      "JOIN information_schema.INNODB_TRX b ON b.trx_id=w.blocking_trx_id "
      "JOIN information_schema.INNODB_TRX r ON r.trx_id=w.requesting_trx_id;"
      "SELECT 'a', PROCESSLIST_ID, ATTR_VALUE FROM performance_schema.session_connect_attrs "
      "WHERE ATTR_NAME='_pid';",
      has_tid ? "TID" : "0");
}

struct Row {
  ServerSession session;
  std::string host;
  bool idle = false;
};

struct Picture {
  std::map<std::string, Row> rows;               // by connection id
  std::map<std::string, pid_t> client_pids;      // by connection id
  std::multimap<std::string, std::string> waits; // connection id -> the one that blocks it
};

template <class Integer>
Integer number_of(const std::string& text) {
  Integer value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Row parse_row(const std::vector<std::string>& fields) {
  Row row;
  row.host = fields[3];
  row.idle = fields[5] == "Sleep";
  row.session.statement = fields[8];
  row.session.executing = !row.idle;
  row.session.thread = number_of<pid_t>(fields[9]);
  const std::size_t colon = row.host.rfind(':');
  if (colon != row.host.npos) {
    row.session.client_port = number_of<std::uint16_t>(row.host.substr(colon + 1));
  }
  row.session.description = fmt::format(
      "connection {}, user {}{}{}{}, {} s", fields[1], fields[2],
      fields[4].empty() ? "" : ", database " + fields[4], row.idle ? ", idle" : "",
      fields[7].empty() ? "" : fmt::format(", state \"{}\"", fields[7]), fields[6]);
  if (!row.idle) row.session.advice = fmt::format("To stop it: KILL QUERY {}", fields[1]);
  return row;
}

Picture parse(const std::string& text) {
  Picture picture;
  for (const std::string& line : split_lines(text)) {
    const auto fields = split_fields(line);
    if (fields.size() == 10 && fields[0] == "p") picture.rows[fields[1]] = parse_row(fields);
    if (fields.size() == 3 && fields[0] == "a") {
      picture.client_pids[fields[1]] = number_of<pid_t>(fields[2]);
    }
    if (fields.size() == 3 && fields[0] == "l") picture.waits.emplace(fields[1], fields[2]);
  }
  return picture;
}

Result<std::string> run(const ServerQuestion& question, uid_t user, bool has_tid, Scene& scene) {
  const Listening where = listening(question.server, scene);
  Error last{Cause::failed, "it listens nowhere", "", ""};
  for (const char* program : {"mariadb", "mysql"}) {
    std::vector<std::string> arguments{program, "--batch", "--skip-column-names", "--force",
                                       "--connect-timeout=2"};
    if (!where.paths.empty()) {
      arguments.push_back("--socket=" + where.paths.front());
    } else if (!where.ports.empty()) {
      arguments.insert(arguments.end(), {"--protocol=tcp", "--host=127.0.0.1",
                                         fmt::format("--port={}", where.ports.front())});
    } else {
      break;
    }
    arguments.push_back("--execute=" + query(has_tid));
    auto answer = run_client_program({arguments, {}, user}, question.deadline);
    if (answer) return answer;
    last = answer.error();
    if (last.cause != Cause::not_found) break;
  }
  return std::unexpected(std::move(last));
}

std::string ours_in(const Picture& picture, const ServerQuestion& question) {
  std::string only;
  unsigned candidates = 0;
  for (const auto& [id, row] : picture.rows) {
    const auto pid = picture.client_pids.find(id);
    if (!question.connection.is_unix) {
      if (row.session.client_port == question.connection.local_port) return id;
      continue;
    }
    if (pid != picture.client_pids.end() && pid->second == question.client) return id;
    if (row.host == "localhost" && row.session.statement.find("information_schema.PROCESSLIST") ==
                                       row.session.statement.npos) {
      only = id;
      ++candidates;
    }
  }
  return candidates == 1 ? only : std::string();
}

}  // namespace

ServerAnswer ask_mysql(const ServerQuestion& question, Scene& scene) {
  ServerAnswer answer;
  const ThreadState* server = scene.thread({question.server, question.server});
  const uid_t owner = server != nullptr ? server->info.user : static_cast<uid_t>(-1);
  Result<std::string> text = fail(Cause::failed, "not asked");
  Picture picture;
  for (const uid_t user : {static_cast<uid_t>(-1), owner}) {
    for (const bool has_tid : {true, false}) {
      text = run(question, user, has_tid, scene);
      if (text) picture = parse(*text);
      // Our own connection at least is in the list, unless the statement failed.
      if (!text || !picture.rows.empty()) break;
    }
    if (!picture.rows.empty() || ::geteuid() != 0) break;
  }
  if (!text) {
    answer.problem = text.error().text();
    return answer;
  }
  const std::string ours = ours_in(picture, question);
  if (ours.empty()) {
    answer.problem = "the server's list does not show this connection";
    return answer;
  }
  answer.ours = picture.rows[ours].session;
  const auto [first, last] = picture.waits.equal_range(ours);
  for (auto wait = first; wait != last; ++wait) {
    const auto row = picture.rows.find(wait->second);
    if (row == picture.rows.end()) continue;
    ServerSession blocker = row->second.session;
    const auto pid = picture.client_pids.find(wait->second);
    blocker.client = pid != picture.client_pids.end()
                         ? pid->second
                         : client_by_port(blocker.client_port, question.server, scene);
    blocker.advice = fmt::format("To end the connection that holds the lock: KILL {}", wait->second);
    answer.ours->waits_for_lock = true;
    answer.blockers.push_back(std::move(blocker));
  }
  return answer;
}

}  // namespace syscope::diagnose
