#include "app/engine_options.h"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <optional>

#include "resolve/users.h"
#include "resolve/world.h"
#include "select/number_set.h"

namespace syscope::app {
namespace {

using std::string_view;

enum EngineOption : int {
  option_lossless = first_engine_option,
  option_buffer,
  option_duration,
  option_max_events,
  option_all,
  option_uid,
  option_cgroup,
  option_container,
  option_pidns,
  option_per_thread,
  option_histogram,
};

constexpr option long_options[] = {
    {"lossless", no_argument, nullptr, option_lossless},
    {"buffer", required_argument, nullptr, option_buffer},
    {"duration", required_argument, nullptr, option_duration},
    {"max-events", required_argument, nullptr, option_max_events},
    {"all", no_argument, nullptr, option_all},
    {"uid", required_argument, nullptr, option_uid},
    {"cgroup", required_argument, nullptr, option_cgroup},
    {"container", required_argument, nullptr, option_container},
    {"pidns", required_argument, nullptr, option_pidns},
    {"per-thread", no_argument, nullptr, option_per_thread},
    {"histogram", required_argument, nullptr, option_histogram},
};

constexpr std::size_t largest_buffer = std::size_t{256} << 20;
constexpr double longest_duration_ms = 1e9;
constexpr string_view cgroup_root = "/sys/fs/cgroup";

// NUMBER[K|M|G], at most largest_buffer.
std::optional<std::size_t> bytes(string_view text) {
  if (text.empty()) return std::nullopt;
  unsigned shift = 0;
  switch (text.back()) {
    case 'k':
    case 'K': shift = 10; break;
    case 'm':
    case 'M': shift = 20; break;
    case 'g':
    case 'G': shift = 30; break;
    default: break;
  }
  if (shift != 0) text.remove_suffix(1);
  const auto number = select::decimal(text);
  if (!number || *number == 0 || *number > largest_buffer >> shift) return std::nullopt;
  return std::size_t{*number} << shift;
}

std::optional<std::chrono::nanoseconds> milliseconds(string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number,
                                            std::chars_format::fixed);
  const bool sound = error == std::errc{} && end == text.data() + text.size() && number > 0 &&
                     number <= longest_duration_ms;
  if (!sound) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(number * 1e6));
}

std::unexpected<Error> unreadable(const char* name, string_view value, const char* todo) {
  return fail(Cause::usage, std::string("cannot read the value of ") + name, std::string(value), todo);
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string cgroup_directory(const std::string& path) {
  if (is_directory(path)) return path;
  return std::string(cgroup_root) + (path.starts_with('/') ? "" : "/") + path;
}

// The directory that a line of /proc/PID/cgroup, NUMBER:CONTROLLERS:PATH, names, up to and with the
// component that holds `id`; nothing where none does or no such directory is mounted here.
std::optional<std::string> directory_of_container(string_view line, string_view id) {
  const std::size_t first = line.find(':');
  const std::size_t second = first == line.npos ? line.npos : line.find(':', first + 1);
  if (second == line.npos) return std::nullopt;
  const string_view path = line.substr(second + 1);
  const std::size_t found = path.find(id);
  if (found == path.npos) return std::nullopt;
  std::string directory(cgroup_root);
  if (second != first + 1) {
    const string_view controllers = line.substr(first + 1, second - first - 1);
    directory += "/" + std::string(controllers.substr(controllers.find('=') + 1));
  }
  directory += path.substr(0, path.find('/', found));
  return is_directory(directory) ? std::optional(directory) : std::nullopt;
}

Result<std::string> cgroup_of_container(const std::string& container) {
  auto root = capture::proc::Root::open();
  if (!root) return std::unexpected(root.error());
  resolve::World world(std::move(*root));
  for (const pid_t pid : world.processes()) {
    const std::string& id = world.container(pid);
    const bool same = !id.empty() && (id.starts_with(container) || container.starts_with(id));
    if (!same) continue;
    std::ifstream cgroups("/proc/" + std::to_string(pid) + "/cgroup");
    for (std::string line; std::getline(cgroups, line);) {
      if (auto directory = directory_of_container(line, id)) return *directory;
    }
  }
  return fail(Cause::not_found, "no running process belongs to a container", container,
              "syscope files lists the containers that have files open");
}

Result<ino_t> pid_namespace(const std::string& given) {
  constexpr string_view prefix = "pid:[";
  std::string name = given;
  if (!given.starts_with(prefix)) {
    const auto pid = select::decimal(given);
    if (!pid) return unreadable("--pidns", given, "give a process id, or pid:[NUMBER]");
    char link[64];
    const std::string path = "/proc/" + given + "/ns/pid";
    const ssize_t size = ::readlink(path.c_str(), link, sizeof link);
    if (size < 0) return fail_errno(errno, "cannot tell the PID namespace of a process", given);
    name.assign(link, static_cast<std::size_t>(size));
  }
  const string_view digits = string_view(name).substr(prefix.size());
  const auto inode = select::decimal(digits.substr(0, digits.find(']')));
  if (!inode) return unreadable("--pidns", given, "give a process id, or pid:[NUMBER]");
  return ino_t{*inode};
}

}  // namespace

string_view EngineOptions::needs_bpf() const {
  if (everything) return "--all";
  if (!user.empty()) return "--uid";
  if (!cgroup.empty()) return "--cgroup";
  if (!container.empty()) return "--container";
  if (!pid_namespace.empty()) return "--pidns";
  if (buffer_bytes != 0) return "--buffer";
  return {};
}

std::span<const option> engine_long_options() { return long_options; }

Result<void> take_engine_option(int letter, string_view value, EngineOptions& options) {
  switch (letter) {
    case option_lossless: options.lossless = true; break;
    case option_buffer: {
      const auto size = bytes(value);
      if (!size) return unreadable("--buffer", value, "give bytes, as 512K or 64M, up to 256M");
      options.buffer_bytes = *size;
      break;
    }
    case option_duration: {
      const auto time = milliseconds(value);
      if (!time) return unreadable("--duration", value, "give milliseconds, as 10 or 0.5");
      options.longer_than = *time;
      break;
    }
    case option_max_events: {
      const auto limit = select::decimal(value);
      if (!limit || *limit == 0) return unreadable("--max-events", value, "give a number above 0");
      options.max_events = *limit;
      break;
    }
    case option_all: options.everything = true; break;
    case option_uid: options.user = value; break;
    case option_cgroup: options.cgroup = value; break;
    case option_container: options.container = value; break;
    case option_pidns: options.pid_namespace = value; break;
    case option_per_thread: options.per_thread = true; break;
    case option_histogram: options.histograms.emplace_back(value); break;
    default: return fail(Cause::usage, "unknown option");
  }
  return {};
}

Result<capture::Selection> make_selection(const EngineOptions& options) {
  capture::Selection selection;
  selection.everything = options.everything;
  if (!options.user.empty()) {
    resolve::Users users;
    selection.user = users.find(options.user);
    if (!selection.user) {
      return fail(Cause::not_found, "no such user", options.user, "give a name or a number");
    }
  }
  if (!options.cgroup.empty()) selection.cgroup = cgroup_directory(options.cgroup);
  if (!options.container.empty()) {
    auto cgroup = cgroup_of_container(options.container);
    if (!cgroup) return std::unexpected(cgroup.error());
    if (!selection.cgroup.empty()) {
      return fail(Cause::usage, "--cgroup and --container exclude each other", options.container,
                  "leave one of them out");
    }
    selection.cgroup = std::move(*cgroup);
  }
  if (!options.pid_namespace.empty()) {
    auto inode = pid_namespace(options.pid_namespace);
    if (!inode) return std::unexpected(inode.error());
    selection.pid_namespace = *inode;
  }
  return selection;
}

}  // namespace syscope::app
