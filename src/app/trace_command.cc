#include "app/trace_command.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace syscope::app {
namespace {

bool is_executable_file(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

Result<std::string> find_executable(const std::string& name) {
  if (name.size() >= PATH_MAX) return fail(Cause::failed, "exec", std::strerror(ENAMETOOLONG));
  if (name.find('/') != std::string::npos) {
    struct stat status;
    if (::stat(name.c_str(), &status) == 0) return name;
    const int error = errno;
    return fail(error == ENOENT ? Cause::not_found : Cause::failed, "Cannot stat '" + name + "'",
                std::strerror(error));
  }
  const char* const path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!name.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    const std::string candidate = folder.empty() ? name : std::string(folder) + "/" + name;
    if (is_executable_file(candidate)) return candidate;
    if (folder.size() == rest.size()) break;
    rest.remove_prefix(folder.size() + 1);
  }
  return fail(Cause::not_found, "Cannot find executable '" + name + "'");
}

std::vector<std::string> changed_environment(const std::vector<std::string>& changes) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  for (const std::string& change : changes) {
    const std::size_t equals = change.find('=');
    const std::string prefix = change.substr(0, equals) + "=";
    const auto named = [&](const std::string& one) { return one.starts_with(prefix); };
    const auto old = std::ranges::find_if(environment, named);
    if (equals == std::string::npos) {
      std::erase_if(environment, named);
    } else if (old != environment.end()) {
      *old = change;
    } else {
      environment.push_back(change);
    }
  }
  return environment;
}

Result<capture::Command::User> find_user(const std::string& name) {
  if (::geteuid() != 0) {
    return fail(Cause::not_permitted, "You must be root to use the -u/--user option");
  }
  const std::size_t colon = name.find(':');
  if (colon != std::string::npos) {
    const auto uid = select::decimal(std::string_view(name).substr(0, colon));
    const auto gid = select::decimal(std::string_view(name).substr(colon + 1));
    if (!uid || !gid) return fail(Cause::usage, "Invalid UID:GID pair '" + name + "'");
    return capture::Command::User{.uid = *uid, .gid = *gid, .name = {}};
  }
  const passwd* const entry = ::getpwnam(name.c_str());
  if (entry == nullptr) return fail(Cause::usage, "Cannot find user '" + name + "'");
  return capture::Command::User{.uid = entry->pw_uid, .gid = entry->pw_gid, .name = name};
}

}  // namespace

Result<capture::Command> make_command(const TraceOptions& options) {
  capture::Command command;
  auto file = find_executable(options.command.front());
  if (!file) return std::unexpected(file.error());
  command.file = std::move(*file);
  command.arguments = options.command;
  if (!options.argv0.empty()) command.arguments.front() = options.argv0;
  command.environment = changed_environment(options.environment_changes);
  command.tracer = static_cast<capture::Command::Tracer>(options.daemonize);
  if (!options.user.empty()) {
    auto user = find_user(options.user);
    if (!user) return std::unexpected(user.error());
    command.user = std::move(*user);
  }
  return command;
}

}  // namespace syscope::app
