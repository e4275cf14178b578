#include "capture/ptrace/attach.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "capture/proc/process.h"

namespace syscope::capture::ptrace {
namespace {

constexpr const char* what = "cannot attach";

std::string decimal(long number) { return std::to_string(number); }

std::string user_name(uid_t user) {
  const passwd* const entry = ::getpwuid(user);
  return entry != nullptr ? entry->pw_name : decimal(user);
}

// "812 (mariadbd)", safe for a terminal.
std::string describe(const proc::ProcessInfo& process) {
  std::string name = process.comm;
  std::ranges::replace_if(
      name, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return decimal(process.pid) + " (" + name + ")";
}

// 0 where there is no Yama. Documentation/admin-guide/LSM/Yama.rst.
int yama_scope(const proc::Root& root) {
  std::string text;
  if (proc::read_file(root.fd(), "sys/kernel/yama/ptrace_scope", text) != 0) return 0;
  return std::atoi(text.c_str());
}

std::string why_own_process_is_refused(const proc::Root& root) {
  switch (yama_scope(root)) {
    case 1:
      return "kernel.yama.ptrace_scope is 1; run as root, grant CAP_SYS_PTRACE, or as root run "
             "sysctl kernel.yama.ptrace_scope=0";
    case 2:
      return "kernel.yama.ptrace_scope is 2, only for administrators; run as root, or grant "
             "CAP_SYS_PTRACE";
    case 3: return "kernel.yama.ptrace_scope is 3: nobody may trace until the next boot";
    default:
      return "it gained privileges or protects itself (PR_SET_DUMPABLE), or a container forbids "
             "ptrace(2); run as root, or grant CAP_SYS_PTRACE";
  }
}

std::string other_tracer(const proc::Root& root, long tracer) {
  const auto process = proc::read_process(root, static_cast<pid_t>(tracer));
  return "process " + (process ? describe(*process) : decimal(tracer)) + " traces it already";
}

}  // namespace

long status_number(std::string_view status, std::string_view name) {
  std::size_t at = 0;
  while (at < status.size()) {
    std::string_view line = status.substr(at, status.find('\n', at) - at);
    at += line.size() + 1;
    if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") continue;
    line.remove_prefix(name.size() + 1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    long number = -1;
    std::from_chars(line.data(), line.data() + line.size(), number);
    return number;
  }
  return -1;
}

pid_t process_of(const proc::Root& root, pid_t tid) {
  const auto status = proc::read_status(root, tid, tid);
  return status ? static_cast<pid_t>(status_number(*status, "Tgid")) : -1;
}

void read_comm(const proc::Root& root, pid_t tid, char (&comm)[16]) {
  std::string text;
  (void)proc::read_file(root.fd(), proc::RelativePath(tid, "comm").text(), text);
  if (text.ends_with('\n')) text.pop_back();
  std::memset(comm, 0, sizeof comm);
  std::memcpy(comm, text.data(), std::min(text.size(), sizeof comm - 1));
}

Error why_not_seized(const proc::Root& root, pid_t tid, int error) {
  const auto process = proc::read_process(root, tid);
  if (error == ESRCH || !process) {
    return {Cause::not_found, what, decimal(tid), "there is no such process"};
  }
  const std::string on = describe(*process);
  if (process->state == 'Z' || process->state == 'X') {
    return {Cause::not_found, what, on,
            "it has ended and is a zombie until its parent " + decimal(process->parent) +
                " takes note of it"};
  }
  if (process->is_kernel_thread()) {
    return {Cause::unsupported, what, on, "it is a kernel thread, which makes no system calls"};
  }
  const auto status = proc::read_status(root, tid, tid);
  const long tracer = status ? status_number(*status, "TracerPid") : 0;
  if (tracer > 0) return {Cause::not_permitted, what, on, other_tracer(root, tracer)};
  if (error != EPERM && error != EACCES) return fail_errno(error, what, on).error();
  if (process->user != ::geteuid()) {
    return {Cause::not_permitted, what, on,
            "owned by user " + user_name(process->user) + "; run as root, or grant CAP_SYS_PTRACE"};
  }
  return {Cause::not_permitted, what, on, why_own_process_is_refused(root)};
}

}  // namespace syscope::capture::ptrace
