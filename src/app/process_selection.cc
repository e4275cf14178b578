#include "app/process_selection.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "capture/proc/process.h"

namespace syscope::app {
namespace {

template <class T>
std::optional<T> number(std::string_view text) {
  T value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// Whether a line of /proc/PID/cgroup, "id:controllers:path", names `wanted` or a group below it.
bool line_is_in(std::string_view line, std::string_view wanted) {
  const std::size_t first = line.find(':');
  const std::size_t second = first == line.npos ? first : line.find(':', first + 1);
  if (second == line.npos) return false;
  const std::string_view path = line.substr(second + 1);
  if (wanted.empty()) return true;  // the root
  return path.starts_with(wanted) && (path.size() == wanted.size() || path[wanted.size()] == '/');
}

}  // namespace

Result<void> ProcessSelection::add_pids(std::string_view list) {
  for (std::size_t comma; !list.empty(); list.remove_prefix(std::min(comma + 1, list.size()))) {
    comma = std::min(list.find(','), list.size());
    const auto pid = number<pid_t>(list.substr(0, comma));
    if (!pid || *pid <= 0) {
      return fail(Cause::usage, "not a process id", std::string(list.substr(0, comma)),
                  "give a number, or --match REGEX");
    }
    named_.push_back(*pid);
  }
  return {};
}

Result<void> ProcessSelection::set_match(const std::string& expression) {
  auto pattern = resolve::ProcessPattern::compile(expression);
  if (!pattern) return std::unexpected(std::move(pattern.error()));
  match_ = std::move(*pattern);
  match_text_ = expression;
  return {};
}

Result<void> ProcessSelection::set_user(std::string_view name_or_number) {
  if (name_or_number.empty()) {
    return fail(Cause::usage, "no user given", "", "give a name or a number: -u mysql");
  }
  user_ = name_or_number;
  return {};
}

Result<void> ProcessSelection::set_port(std::string_view text) {
  const auto port = number<std::uint16_t>(text);
  if (!port || *port == 0) {
    return fail(Cause::usage, "not a port", std::string(text), "give a number: --port 3306");
  }
  port_ = *port;
  return {};
}

Result<void> ProcessSelection::set_cgroup(std::string_view path) {
  constexpr std::string_view mounted = "/sys/fs/cgroup";
  const std::string given(path);
  if (path.starts_with(mounted)) {
    path.remove_prefix(mounted.size());
    if (path.empty()) path = "/";
  }
  if (path.empty()) {
    return fail(Cause::usage, "not a control group", given,
                "give its path: --cgroup /system.slice/mariadb.service");
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  cgroup_ = path.starts_with('/') || path.empty() ? std::string(path) : "/" + std::string(path);
  if (cgroup_.empty()) cgroup_ = "/";
  return {};
}

Result<void> ProcessSelection::set_container(std::string_view id) {
  if (id.empty()) {
    return fail(Cause::usage, "no container given", "",
                "give its id, or its name for LXC and nspawn");
  }
  container_ = id;
  return {};
}

bool ProcessSelection::has_port(resolve::World& world, pid_t pid) const {
  const auto files = world.files(pid);
  if (!files) return false;
  return std::ranges::any_of(*files, [&](resolve::OpenFile& file) {
    if (!resolve::is_socket(file.file_class)) return false;
    world.examine(file);
    return file.socket != nullptr &&
           (file.socket->local.port == port_ || file.socket->remote.port == port_);
  });
}

// Of cgroup v1 a path may begin with the name of the controller's mount: "/cpu/web".
bool ProcessSelection::in_cgroup(resolve::World& world, pid_t pid) const {
  const auto groups = capture::proc::read_cgroups(world.root(), pid);
  if (!groups) return false;
  const std::string_view wanted = cgroup_ == "/" ? "" : std::string_view(cgroup_);
  const std::size_t slash = wanted.find('/', 1);
  const std::string_view behind_mount =
      slash == wanted.npos ? std::string_view() : wanted.substr(slash);
  for (std::string_view rest = *groups; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line_is_in(line, wanted)) return true;
    const bool v1 = !line.starts_with("0::");
    if (v1 && !behind_mount.empty() && line_is_in(line, behind_mount)) return true;
  }
  return false;
}

bool ProcessSelection::wants(resolve::World& world, pid_t pid, std::optional<uid_t> user) const {
  const auto process = world.process(pid);
  if (!process) return false;
  const capture::proc::ProcessInfo& info = (*process)->info;
  if (named_.empty() && (info.is_kernel_thread() || pid == ::getpid())) return false;
  if (user && info.user != *user) return false;
  if (match_ && !match_->matches(world.command_line(pid))) return false;
  if (!cgroup_.empty() && !in_cgroup(world, pid)) return false;
  if (!container_.empty()) {
    const std::string& container = world.container(pid);
    if (container.empty() ||
        (!container_.starts_with(container) && !container.starts_with(container_))) {
      return false;
    }
  }
  return port_ == 0 || has_port(world, pid);
}

std::string ProcessSelection::description() const {
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    if (!text.empty()) text += ' ';
    text += std::string(name) + " " + value;
  };
  add("--match", match_text_);
  add("-u", user_.value_or(""));
  add("--port", port_ == 0 ? "" : std::to_string(port_));
  add("--cgroup", cgroup_);
  add("--container", container_);
  return text;
}

Result<std::vector<pid_t>> ProcessSelection::processes(resolve::World& world) const {
  if (!named_.empty() && !narrows()) return named_;
  std::optional<uid_t> user;
  if (user_) {
    user = world.users().find(*user_);
    if (!user) user = number<uid_t>(*user_);
    if (!user) {
      return fail(Cause::usage, "no such user", *user_, "give a name of /etc/passwd, or a number");
    }
  }
  std::vector<pid_t> found = named_;
  if (found.empty()) found.assign(world.processes().begin(), world.processes().end());
  std::erase_if(found, [&](pid_t pid) { return !wants(world, pid, user); });
  if (!found.empty()) return found;
  const bool blind = port_ != 0 && ::geteuid() != 0;
  return fail(Cause::not_found, "no process matches", description(),
              blind ? "the sockets of other users' processes are seen by root alone"
                    : "syscope find REGEX lists processes");
}

}  // namespace syscope::app
