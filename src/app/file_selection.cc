#include "app/file_selection.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>

namespace syscope::app {
namespace {

using resolve::FileClass;
using resolve::OpenFile;
using resolve::Role;
using resolve::World;

// Calls take(item, excluded) for each part of "a,^b,c".
template <class Take>
Result<void> for_each_item(std::string_view list, Take take) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    const bool excluded = item.starts_with('^');
    if (excluded) item.remove_prefix(1);
    if (item.empty()) continue;
    if (Result<void> taken = take(item, excluded); !taken) return taken;
  }
  return {};
}

std::optional<int> parse_int(std::string_view text) {
  int value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size() || value < 0)
    return std::nullopt;
  return value;
}

std::string_view word_of(Role role) {
  switch (role) {
    case Role::working_directory: return "cwd";
    case Role::root_directory: return "rtd";
    case Role::program: return "txt";
    case Role::mapping: return "mem";
    case Role::deleted_mapping: return "DEL";
    default: return "fd";
  }
}

bool in_range(const DescriptorRange& range, const OpenFile& file) {
  if (!range.word.empty()) return range.word == word_of(file.role);
  return file.role == Role::descriptor && file.number >= range.first && file.number <= range.last;
}

template <class T, class Fits>
bool chosen(const Choice<T>& choice, Fits fits) {
  if (std::any_of(choice.excluded.begin(), choice.excluded.end(), fits)) return false;
  return choice.included.empty() ||
         std::any_of(choice.included.begin(), choice.included.end(), fits);
}

Result<std::string> resolved_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), ::free);
  if (!real) return fail_errno(errno, "cannot look at", path);
  return std::string(real.get());
}

bool is_below(std::string_view path, std::string_view folder) {
  if (folder == "/") return path.starts_with('/');
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace

Result<void> FileSelection::add_pids(std::string_view list) {
  return for_each_item(list, [&](std::string_view item, bool excluded) -> Result<void> {
    const auto pid = parse_int(item);
    if (!pid || *pid == 0)
      return fail(Cause::usage, "not a process number", std::string(item), "give it as -p 812,813");
    (excluded ? pids_.excluded : pids_.included).push_back(*pid);
    return {};
  });
}

Result<void> FileSelection::add_users(std::string_view list) {
  return for_each_item(list, [&](std::string_view item, bool excluded) -> Result<void> {
    (excluded ? users_.excluded : users_.included).emplace_back(item);
    return {};
  });
}

Result<void> FileSelection::add_command(std::string_view text) {
  if (text.size() > 1 && text.starts_with('/') && text.ends_with('/')) {
    auto pattern = resolve::ProcessPattern::compile(std::string(text.substr(1, text.size() - 2)));
    if (!pattern) return std::unexpected(std::move(pattern.error()));
    command_patterns_.push_back(std::move(*pattern));
    return {};
  }
  return for_each_item(text, [&](std::string_view item, bool excluded) -> Result<void> {
    (excluded ? commands_.excluded : commands_.included).emplace_back(item);
    return {};
  });
}

Result<void> FileSelection::add_descriptors(std::string_view list) {
  return for_each_item(list, [&](std::string_view item, bool excluded) -> Result<void> {
    DescriptorRange range;
    const std::size_t dash = item.find('-');
    const auto first = parse_int(item.substr(0, dash));
    const auto last = dash == item.npos ? first : parse_int(item.substr(dash + 1));
    if (first && last && *first <= *last) {
      range = {*first, *last, {}};
    } else if (item == "cwd" || item == "rtd" || item == "txt" || item == "mem" || item == "DEL" ||
               item == "fd") {
      range.word = item;
    } else {
      return fail(Cause::usage, "not a descriptor", std::string(item),
                  "give numbers, ranges, or cwd, rtd, txt, mem, DEL, fd");
    }
    (excluded ? descriptors_.excluded : descriptors_.included).push_back(std::move(range));
    return {};
  });
}

Result<void> FileSelection::add_inet(std::string_view text) {
  auto filter = InetFilter::parse(text);
  if (!filter) return std::unexpected(std::move(filter.error()));
  inet_.push_back(std::move(*filter));
  return {};
}

Result<void> FileSelection::add_states(std::string_view text) {
  if (const std::size_t colon = text.find(':'); colon != text.npos) text.remove_prefix(colon + 1);
  return for_each_item(text, [&](std::string_view item, bool excluded) -> Result<void> {
    for (unsigned state = 1; !resolve::tcp_state_name(state).empty(); ++state) {
      if (resolve::tcp_state_name(state) != item) continue;
      (excluded ? states_.excluded : states_.included).push_back(state);
      return {};
    }
    return fail(Cause::usage, "not a state of TCP", std::string(item),
                "give it as -sTCP:LISTEN,ESTABLISHED");
  });
}

Result<void> FileSelection::set_match(const std::string& expression) {
  auto pattern = resolve::ProcessPattern::compile(expression);
  if (!pattern) return std::unexpected(std::move(pattern.error()));
  match_ = std::move(*pattern);
  return {};
}

Result<void> FileSelection::add_path(const std::string& path, World& world) {
  auto real = resolved_path(path);
  if (!real) return std::unexpected(std::move(real.error()));
  struct stat status {};
  if (::stat(real->c_str(), &status) != 0) return fail_errno(errno, "cannot look at", path);
  Place place{Place::Kind::file, status.st_dev, status.st_ino, *real};
  if (S_ISSOCK(status.st_mode)) place.kind = Place::Kind::unix_socket;
  for (const capture::proc::Mount& mount : world.mounts(::getpid())) {
    if (mount.point == *real && S_ISDIR(status.st_mode)) place.kind = Place::Kind::mount;
    if (S_ISBLK(status.st_mode) && mount.device == status.st_rdev) {
      place.kind = Place::Kind::mount;
      place.device = status.st_rdev;
    }
  }
  places_.push_back(std::move(place));
  return {};
}

Result<void> FileSelection::add_tree(const std::string& folder) {
  auto real = resolved_path(folder);
  if (!real) return std::unexpected(std::move(real.error()));
  places_.push_back({Place::Kind::tree, 0, 0, std::move(*real)});
  return {};
}

bool FileSelection::narrows_files() const {
  return sockets_only() || deleted_only_ || !descriptors_.empty() || !places_.empty();
}

bool FileSelection::wants_surroundings() const {
  if (sockets_only()) return false;
  return descriptors_.included.empty() ||
         std::any_of(descriptors_.included.begin(), descriptors_.included.end(),
                     [](const DescriptorRange& range) {
                       return !range.word.empty() && range.word != "fd";
                     });
}

bool FileSelection::wants_command(const std::string& comm) const {
  const auto starts = [&](const std::string& prefix) { return comm.starts_with(prefix); };
  if (std::any_of(commands_.excluded.begin(), commands_.excluded.end(), starts)) return false;
  if (commands_.included.empty() && command_patterns_.empty()) return true;
  return std::any_of(commands_.included.begin(), commands_.included.end(), starts) ||
         std::any_of(command_patterns_.begin(), command_patterns_.end(),
                     [&](const auto& pattern) { return pattern.matches(comm); });
}

bool FileSelection::wants_process(World& world, pid_t pid) const {
  if (!chosen(pids_, [&](pid_t wanted) { return wanted == pid; })) return false;
  const bool named = !pids_.included.empty();
  // What this program holds is no news, and most processes are kernel threads, which hold nothing:
  // only if asked for by number.
  if (!named && (pid == world.own_pid() || !world.runs_program(pid))) return false;
  const auto owner = world.owner(pid);
  if (!owner) return named;
  if (!wants_command(std::string(owner->comm))) return false;
  if (!users_.empty() && !chosen(users_, [&](const std::string& user) {
        return user == world.user_name(owner->user) || user == std::to_string(owner->user);
      }))
    return false;
  if (match_ && (pid == world.own_pid() || !match_->matches(world.command_line(pid)))) return false;
  return container_.empty() ||
         (!world.container(pid).empty() && (container_.starts_with(world.container(pid)) ||
                                            world.container(pid).starts_with(container_)));
}

std::vector<pid_t> FileSelection::processes(World& world) const {
  std::vector<pid_t> candidates = pids_.included;
  if (candidates.empty()) candidates.assign(world.processes().begin(), world.processes().end());
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  std::erase_if(candidates, [&](pid_t pid) { return !wants_process(world, pid); });
  return candidates;
}

bool FileSelection::wants_descriptor(const OpenFile& file) const {
  return chosen(descriptors_, [&](const DescriptorRange& range) { return in_range(range, file); });
}

bool FileSelection::wants_socket(const OpenFile& file) const {
  if (unix_only_ && file.file_class != FileClass::unix_socket) return false;
  if (!inet_.empty() && std::none_of(inet_.begin(), inet_.end(), [&](const InetFilter& filter) {
        return filter.matches(file);
      }))
    return false;
  if (states_.empty()) return true;
  // States of TCP say nothing about sockets of other protocols: those stay, as with lsof.
  if (file.file_class != FileClass::tcp) return true;
  return file.socket != nullptr &&
         chosen(states_, [&](unsigned state) { return state == file.socket->state; });
}

bool FileSelection::wants_place(const OpenFile& file) const {
  return std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
    switch (place.kind) {
      case Place::Kind::tree:
        return resolve::is_path(file.file_class) && is_below(file.name, place.path);
      case Place::Kind::mount:
        return resolve::is_path(file.file_class) && file.device == place.device;
      case Place::Kind::unix_socket:
        return file.socket != nullptr && file.socket->name == place.path;
      default:
        return resolve::is_path(file.file_class) && file.device == place.device &&
               file.inode == place.inode;
    }
  });
}

bool FileSelection::wants(World& world, OpenFile& file) const {
  if (!wants_descriptor(file)) return false;
  if (sockets_only() && !resolve::is_socket(file.file_class)) return false;
  world.examine(file);
  if (sockets_only() && !wants_socket(file)) return false;
  if (deleted_only_) {
    const bool unlinked = file.deleted || (file.has_status && file.links == 0);
    if (!resolve::is_path(file.file_class) || !unlinked || file.file_class == FileClass::memfd)
      return false;
  }
  return places_.empty() || wants_place(file);
}

}  // namespace syscope::app
