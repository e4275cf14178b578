#include "app/trace_output.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

namespace syscope::app {
namespace {

constexpr std::size_t longest_suffix = sizeof ".2147483647";

Result<Fd> open_file(const std::string& path, bool append) {
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC);
  Fd file(::open(path.c_str(), flags, 0666));
  if (!file) {
    const int error = errno;
    return fail(error == EACCES ? Cause::not_permitted : Cause::failed,
                "Can't fopen '" + path + "'", std::strerror(error));
  }
  return file;
}

// Starts `sh -c COMMAND` with the read end of a pipe as its input; returns the other end. popen(3)
Result<Fd> start_command(const std::string& command, pid_t& pid) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "pipe", command);
  Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, read_end.get(), STDIN_FILENO);
  const char* const arguments[] = {"sh", "-c", command.c_str(), nullptr};
  const int error = ::posix_spawn(&pid, "/bin/sh", &actions, nullptr,
                                  const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail_errno(error, "popen", command);
  return write_end;
}

}  // namespace

Result<TraceOutput> TraceOutput::open(const std::string& target, bool append, bool separate) {
  TraceOutput output;
  output.target_ = target;
  output.append_ = append;
  output.separate_ = separate && !target.empty();
  if (output.separate_ && target.size() + longest_suffix >= PATH_MAX) {
    return fail(Cause::failed, target, std::strerror(ENAMETOOLONG));
  }
  Fd descriptor;
  if (target.empty()) {
    output.is_stderr_ = true;
    descriptor = Fd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  } else if (target.front() == '|' || target.front() == '!') {
    auto pipe = start_command(target.substr(1), output.command_);
    if (!pipe) return std::unexpected(pipe.error());
    descriptor = std::move(*pipe);
  } else if (!output.separate_) {
    auto file = open_file(target, append);
    if (!file) return std::unexpected(file.error());
    descriptor = std::move(*file);
  }
  output.outputs_.push_back(std::make_unique<present::Output>(std::move(descriptor)));
  return output;
}

present::Output& TraceOutput::of(std::uint32_t tid) {
  if (!separate_) return shared();
  const auto known = std::ranges::find(tids_, tid);
  if (known != tids_.end()) return *outputs_[static_cast<std::size_t>(known - tids_.begin()) + 1];
  auto file = open_file(target_ + "." + std::to_string(tid), append_);
  tids_.push_back(tid);
  outputs_.push_back(std::make_unique<present::Output>(file ? std::move(*file) : Fd()));
  return *outputs_.back();
}

void TraceOutput::flush() {
  for (const auto& output : outputs_) {
    if (!output->text().empty()) output->flush();
  }
}

std::optional<Error> TraceOutput::error() const {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const int error = outputs_[i]->error();
    if (error == 0) continue;
    std::string name = is_stderr_ ? "stderr" : target_;
    if (i != 0) name += "." + std::to_string(tids_[i - 1]);
    return fail_errno(error, "cannot write the trace", name,
                      error == ENOSPC ? "make room, or choose another file with -o" : "")
        .error();
  }
  return std::nullopt;
}

void TraceOutput::close() {
  for (const auto& output : outputs_) output->close();
  if (command_ > 0) {
    while (::waitpid(command_, nullptr, 0) < 0 && errno == EINTR) {
    }
    command_ = 0;
  }
}

}  // namespace syscope::app
