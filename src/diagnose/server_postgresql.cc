// PostgreSQL: one process per connection, whose title tells what it does.
//
// The process that holds the other end of the client's socket is the backend, and its number is the key
// of pg_stat_activity. pg_blocking_pids() names the backends whose locks it waits for; their clients are
// at the other ends of those backends' sockets. Login is as the user that the server runs as, over its
// own unix socket (peer authentication). The question itself has time limits: a lock on a catalogue
// would hang it as well.
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "diagnose/client_program.h"
#include "diagnose/server.h"

namespace syscope::diagnose {
namespace {

constexpr char query[] =
    "SELECT pid, coalesce(usename,''), coalesce(datname,''), coalesce(state,''), "
    "coalesce(wait_event_type,''), coalesce(wait_event,''), "
    "coalesce(extract(epoch FROM clock_timestamp() - state_change)::int, 0), "
    "array_to_string(pg_blocking_pids(pid), ','), "
    "translate(coalesce(query,''), E'\\n\\r\\t', '   ') "
    "FROM pg_stat_activity WHERE backend_type = 'client backend'";

struct Row {
  ServerSession session;
  std::vector<pid_t> blockers;
};

pid_t pid_of(const std::string& text) {
  pid_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Row parse_row(const std::vector<std::string>& fields) {
  Row row;
  const pid_t pid = pid_of(fields[0]);
  row.session.thread = pid;
  row.session.statement = fields[8];
  row.session.executing = fields[3] == "active";
  row.session.waits_for_lock = fields[4] == "Lock";
  row.session.description = fmt::format(
      "backend {}, user {}, database {}, {} for {} s{}", pid, fields[1], fields[2], fields[3],
      fields[6],
      fields[4].empty() || fields[4] == "Client"
          ? ""
          : fmt::format(", waits for {} {}", fields[4], fields[5]));
  if (row.session.executing) {
    row.session.advice = fmt::format("To stop it: SELECT pg_cancel_backend({})", pid);
  }
  for (const std::string& blocker : split_fields(fields[7], ',')) {
    const pid_t number = pid_of(blocker);
    // A prepared transaction blocks without a process: 0.
    if (number > 0 && std::ranges::find(row.blockers, number) == row.blockers.end()) {
      row.blockers.push_back(number);
    }
  }
  return row;
}

// The folder and the port of a socket "/run/postgresql/.s.PGSQL.5432".
bool split_socket(const std::string& path, std::string& folder, std::string& port) {
  constexpr std::string_view mark = "/.s.PGSQL.";
  const std::size_t at = path.rfind(mark);
  if (at == path.npos) return false;
  folder = path.substr(0, at);
  port = path.substr(at + mark.size());
  return true;
}

}  // namespace

std::optional<ServerSession> postgresql_title(pid_t backend, Scene& scene) {
  const std::string& title = scene.world().command_line(backend);
  constexpr std::string_view start = "postgres: ";
  if (!title.starts_with(start)) return {};
  ServerSession session;
  session.thread = backend;
  session.description = fmt::format("its title says \"{}\"", title.substr(start.size()));
  session.waits_for_lock = title.ends_with(" waiting");
  session.executing = title.find("idle") == title.npos;
  return session;
}

ServerAnswer ask_postgresql(const ServerQuestion& question, Scene& scene) {
  ServerAnswer answer;
  const ThreadState* backend = scene.thread({question.server, question.server});
  if (backend == nullptr) {
    answer.problem = "the backend has gone";
    return answer;
  }
  std::string folder, port;
  for (const std::string& path : listening(backend->info.parent, scene).paths) {
    if (split_socket(path, folder, port)) break;
  }
  if (folder.empty()) {
    answer.problem = "the server's unix socket is not to be seen";
    return answer;
  }
  const passwd* owner = ::getpwuid(backend->info.user);
  const ClientProgram psql{
      {"psql", "--no-psqlrc", "--no-password", "--tuples-only", "--no-align",
       "--field-separator=\t", "--host=" + folder, "--port=" + port,
       "--username=" + std::string(owner != nullptr ? owner->pw_name : "postgres"),
       "--dbname=postgres", std::string("--command=") + query},
      {{"PGCONNECT_TIMEOUT", "2"},
       {"PGAPPNAME", "syscope"},
       {"PGOPTIONS", "-c statement_timeout=1500 -c lock_timeout=500 "
                     "-c default_transaction_read_only=on"}},
      ::geteuid() == 0 ? backend->info.user : static_cast<uid_t>(-1)};
  const auto text = run_client_program(psql, question.deadline);
  if (!text) {
    answer.problem = text.error().text();
    return answer;
  }
  std::map<pid_t, Row> rows;
  for (const std::string& line : split_lines(*text)) {
    const auto fields = split_fields(line);
    if (fields.size() == 9) rows[pid_of(fields[0])] = parse_row(fields);
  }
  const auto ours = rows.find(question.server);
  if (ours == rows.end()) {
    answer.problem = "pg_stat_activity does not show this backend";
    return answer;
  }
  answer.ours = ours->second.session;
  for (const pid_t pid : ours->second.blockers) {
    ServerSession blocker;
    if (const auto row = rows.find(pid); row != rows.end()) blocker = row->second.session;
    blocker.thread = pid;
    if (blocker.description.empty()) blocker.description = fmt::format("backend {}", pid);
    blocker.client = client_of_backend(pid, scene);
    blocker.advice = fmt::format(
        "To end the connection that holds the lock: SELECT pg_terminate_backend({})", pid);
    answer.blockers.push_back(std::move(blocker));
  }
  return answer;
}

}  // namespace syscope::diagnose
