#include "diagnose/client_program.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/fd.h"

namespace syscope::diagnose {
namespace {

constexpr std::size_t most_output = 1 << 20;
constexpr int status_no_program = 127;

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "cannot make a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

void become(uid_t user) {
  const passwd* entry = ::getpwuid(user);
  const gid_t group = entry != nullptr ? entry->pw_gid : static_cast<gid_t>(user);
  if (entry != nullptr) {
    ::setenv("HOME", entry->pw_dir, 1);
    ::setenv("USER", entry->pw_name, 1);
    ::setenv("LOGNAME", entry->pw_name, 1);
  }
  if (::setgroups(1, &group) != 0 || ::setgid(group) != 0 || ::setuid(user) != 0) {
    ::_exit(status_no_program - 1);
  }
}

[[noreturn]] void run_child(const ClientProgram& program, int output, int errors) {
  const Fd nothing(::open("/dev/null", O_RDONLY));
  ::dup2(nothing.get(), STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  if (program.user != static_cast<uid_t>(-1) && program.user != ::geteuid()) become(program.user);
  for (const auto& [name, value] : program.environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (::chdir("/") != 0) ::_exit(status_no_program - 1);
  std::vector<char*> arguments;
  for (const std::string& argument : program.arguments) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(status_no_program);
}

// Collects both streams until both end; false at the deadline.
bool collect(int output, int errors, std::string& text, std::string& reason,
             std::chrono::steady_clock::time_point deadline) {
  std::array<pollfd, 2> wanted{pollfd{output, POLLIN, 0}, pollfd{errors, POLLIN, 0}};
  const std::array<std::string*, 2> into{&text, &reason};
  while (wanted[0].fd >= 0 || wanted[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    if (::poll(wanted.data(), wanted.size(), static_cast<int>(left.count())) <= 0) continue;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i].revents == 0) continue;
      char block[8192];
      const ssize_t got = ::read(wanted[i].fd, block, sizeof block);
      if (got <= 0) {
        wanted[i].fd = -1;
      } else if (into[i]->size() < most_output) {
        into[i]->append(block, static_cast<std::size_t>(got));
      }
    }
  }
  return true;
}

}  // namespace

Result<std::string> run_client_program(const ClientProgram& program,
                                       std::chrono::steady_clock::time_point deadline) {
  auto output = make_pipe();
  auto errors = make_pipe();
  if (!output || !errors) return fail(Cause::failed, "cannot make a pipe");
  const pid_t child = ::fork();
  if (child < 0) return fail_errno(errno, "cannot start", program.arguments[0]);
  if (child == 0) run_child(program, output->write.get(), errors->write.get());
  output->write.reset();
  errors->write.reset();
  std::string text, reason;
  const bool ended = collect(output->read.get(), errors->read.get(), text, reason, deadline);
  if (!ended) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (!ended) return fail(Cause::failed, "no answer in time", program.arguments[0]);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return text;
  if (WIFEXITED(status) && WEXITSTATUS(status) == status_no_program) {
    return fail(Cause::not_found, "not installed", program.arguments[0]);
  }
  return fail(Cause::failed, reason.substr(0, reason.find('\n')), program.arguments[0]);
}

std::vector<std::string> split_fields(const std::string& line, char separator) {
  std::vector<std::string> fields;
  for (std::size_t start = 0;;) {
    const std::size_t end = line.find(separator, start);
    fields.push_back(line.substr(start, end - start));
    if (end == line.npos) return fields;
    start = end + 1;
  }
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines = split_fields(text, '\n');
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace syscope::diagnose
