#include "capture/launch.h"

#include <grp.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace syscope::capture {
namespace {

enum class Step : int { filter, credentials, exec };

// What the child writes into the pipe when it cannot go on.
struct Failure {
  Step step;
  int error;
};

// Both directions between tracer and child. A socket, since a write to it can do without SIGPIPE.
struct Channel {
  Fd tracer;
  Fd child;
};

Result<Channel> make_channel() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
    return fail_errno(errno, "cannot make a socket pair");
  }
  return Channel{Fd(ends[0]), Fd(ends[1])};
}

// Everything the child needs, made before the fork: after it only async-signal-safe functions run.
struct Preparation {
  const char* file;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::vector<gid_t> groups;
  const Command::User* user;
  const sock_fprog* filter;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

std::vector<gid_t> groups_of(const Command::User& user) {
  if (user.name.empty()) return {};
  std::vector<gid_t> groups(64);
  int count = static_cast<int>(groups.size());
  if (::getgrouplist(user.name.c_str(), user.gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(user.name.c_str(), user.gid, groups.data(), &count) < 0) count = 0;
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

bool install_filter(const sock_fprog& filter) {
  constexpr auto install = [](const sock_fprog& program) {
    // The filter is no sandbox: it must not cost the command the speculation that it ran with
    // before.
    return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                     &program) == 0;
  };
  if (install(filter)) return true;
  // Without CAP_SYS_ADMIN the kernel wants the promise that no exec gains privileges. Nothing is
  // lost by it: a process traced without privilege does not gain any either.
  return errno == EACCES && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && install(filter);
}

bool take_credentials(const Command::User& user, const std::vector<gid_t>& groups) {
  return ::setgroups(groups.size(), groups.data()) == 0 &&
         ::setresgid(user.gid, user.gid, user.gid) == 0 &&
         ::setresuid(user.uid, user.uid, user.uid) == 0;
}

[[noreturn]] void run_child(const Preparation& preparation, int channel) {
  char byte;
  ssize_t got;
  do {
    got = ::read(channel, &byte, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) ::_exit(127);  // the tracer is gone

  Step step = Step::filter;
  if (preparation.filter == nullptr || install_filter(*preparation.filter)) {
    step = Step::credentials;
    if (preparation.user == nullptr || take_credentials(*preparation.user, preparation.groups)) {
      step = Step::exec;
      ::execve(preparation.file, preparation.arguments.data(), preparation.environment.data());
    }
  }
  const Failure report{step, errno};
  ::send(channel, &report, sizeof report, MSG_NOSIGNAL);
  ::_exit(1);
}

void leave(Command::Tracer tracer) {
  if (tracer == Command::Tracer::own_group) ::setpgid(0, 0);
  if (tracer == Command::Tracer::own_session) ::setsid();
}

// Makes the calling process the command; returns in its grandchild, which is to trace it.
Result<void> change_places(const Preparation& preparation, Command::Tracer tracer,
                           Channel& channel) {
  // A fork whose end sends no SIGCHLD: the trace would show it.
  const auto between = static_cast<pid_t>(::syscall(SYS_clone, 0, nullptr, nullptr, nullptr, nullptr));
  if (between < 0) return fail_errno(errno, "cannot start a process", preparation.file);
  if (between > 0) {
    while (::waitpid(between, nullptr, __WCLONE) < 0 && errno == EINTR) {
    }
    ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);  // Yama lets only parents trace
    channel.tracer.reset();
    run_child(preparation, channel.child.get());
  }
  const pid_t grandchild = ::fork();
  if (grandchild != 0) ::_exit(grandchild < 0);  // without a tracer the command ends by itself
  leave(tracer);
  return {};
}

}  // namespace

Result<Launch> Launch::start(const Command& command, const sock_fprog* filter) {
  Result<Channel> channel = make_channel();
  if (!channel) return std::unexpected(std::move(channel.error()));

  const Preparation preparation{
      command.file.c_str(),
      pointers(command.arguments),
      pointers(command.environment),
      command.user ? groups_of(*command.user) : std::vector<gid_t>{},
      command.user ? &*command.user : nullptr,
      filter,
  };
  if (command.tracer != Command::Tracer::parent) {
    const pid_t caller = ::getpid();
    if (auto changed = change_places(preparation, command.tracer, *channel); !changed) {
      return std::unexpected(std::move(changed.error()));
    }
    return Launch(caller, std::move(channel->tracer), command.file);
  }
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno(errno, "cannot start a process", command.file);
  if (pid == 0) {
    channel->tracer.reset();  // so that the child sees the end of a tracer that dies
    run_child(preparation, channel->child.get());
  }
  return Launch(pid, std::move(channel->tracer), command.file);
}

void Launch::go() {
  const char byte = 'g';
  // Fails only if the child is gone, which its status tells.
  ::send(channel_.get(), &byte, 1, MSG_NOSIGNAL);
}

std::optional<Error> Launch::failure() {
  Failure report;
  const ssize_t got = ::recv(channel_.get(), &report, sizeof report, MSG_DONTWAIT);
  if (got != sizeof report) return std::nullopt;
  const char* what = "cannot execute";
  const char* todo = "";
  if (report.step == Step::filter) what = "cannot install a seccomp filter for";
  if (report.step == Step::credentials) {
    what = "cannot take the user's credentials for";
    todo = "run as root, or grant CAP_SETUID and CAP_SETGID";
  }
  return fail_errno(report.error, what, file_, todo).error();
}

}  // namespace syscope::capture
