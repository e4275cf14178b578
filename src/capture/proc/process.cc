#include "capture/proc/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include "capture/proc/folder.h"

namespace syscope::capture::proc {
namespace {

// Takes one blank-separated number off the front; 0 when there is none.
template <class Integer>
Integer take_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  Integer value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<std::size_t>(end.ptr - text.data()));
  if (end.ec != std::errc()) text.remove_prefix(std::min(text.find(' '), text.size()));
  return value;
}

std::vector<pid_t> list_numbers(int folder, const char* path) {
  std::vector<pid_t> numbers;
  auto listing = Folder::open(folder, path);
  if (!listing) return numbers;
  while (const auto number = listing->next_number()) numbers.push_back(*number);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Result<std::string> text_or_error(int error, std::string text, const char* what, pid_t pid) {
  if (error != 0) return fail_errno(error, what, std::to_string(pid));
  return text;
}

Result<ProcessInfo> read_stat(const Root& root, const RelativePath& stat, const RelativePath& owner,
                              pid_t pid) {
  std::string text;
  const int error = read_record(root.fd(), stat.text(), text);
  if (error == ENOENT || error == ESRCH)
    return fail(Cause::not_found, "no such process", std::to_string(pid));
  if (error != 0) return fail_errno(error, "cannot read the process", std::to_string(pid));
  ProcessInfo info;
  if (!parse_stat(text, info))
    return fail(Cause::failed, "cannot parse the state of the process", std::to_string(pid));
  struct stat status {};
  if (::fstatat(root.fd(), owner.text(), &status, 0) == 0) info.user = status.st_uid;
  return info;
}

}  // namespace

std::vector<pid_t> list_processes(const Root& root) { return list_numbers(root.fd(), "."); }

std::vector<pid_t> list_threads(const Root& root, pid_t pid) {
  return list_numbers(root.fd(), RelativePath(pid, "task").text());
}

bool parse_stat(std::string_view text, ProcessInfo& info) {
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == text.npos || close == text.npos || close < open || close + 3 > text.size())
    return false;
  std::string_view front = text.substr(0, open);
  info.pid = take_number<pid_t>(front);
  info.comm = text.substr(open + 1, close - open - 1);
  info.state = text[close + 2];
  std::string_view rest = text.substr(close + 3);
  info.parent = take_number<pid_t>(rest);
  info.group = take_number<pid_t>(rest);
  info.session = take_number<pid_t>(rest);
  info.terminal = static_cast<std::uint32_t>(take_number<std::int64_t>(rest));
  info.foreground_group = take_number<pid_t>(rest);
  info.flags = take_number<std::uint32_t>(rest);
  for (int faults = 0; faults < 4; ++faults) take_number<std::uint64_t>(rest);
  info.user_time = take_number<std::uint64_t>(rest);
  info.system_time = take_number<std::uint64_t>(rest);
  for (int skipped = 0; skipped < 4; ++skipped) take_number<std::int64_t>(rest);
  info.threads = take_number<std::uint32_t>(rest);
  take_number<std::int64_t>(rest);
  info.start_time = take_number<std::uint64_t>(rest);
  return true;
}

Result<ProcessInfo> read_process(const Root& root, pid_t pid) {
  return read_stat(root, RelativePath(pid, "stat"), RelativePath(pid), pid);
}

Result<ProcessInfo> read_thread(const Root& root, pid_t pid, pid_t tid) {
  return read_stat(root, RelativePath(pid, "task", tid, "stat"), RelativePath(pid, "task", tid),
                   tid);
}

Result<std::string> read_command_line(const Root& root, pid_t pid) {
  std::string text;
  const int error = read_file(root.fd(), RelativePath(pid, "cmdline").text(), text);
  return text_or_error(error, std::move(text), "cannot read the command line", pid);
}

Result<std::string> read_cgroups(const Root& root, pid_t pid) {
  std::string text;
  const int error = read_record(root.fd(), RelativePath(pid, "cgroup").text(), text);
  return text_or_error(error, std::move(text), "cannot read the control groups", pid);
}

Result<std::string> read_status(const Root& root, pid_t pid, pid_t tid) {
  std::string text;
  const int error = read_record(root.fd(), RelativePath(pid, "task", tid, "status").text(), text);
  return text_or_error(error, std::move(text), "cannot read the status", tid);
}

Result<std::uint64_t> read_namespace(const Root& root, pid_t pid, const char* kind) {
  auto link = read_link(root.fd(), RelativePath(pid, "ns", kind).text());
  if (!link) return std::unexpected(std::move(link.error()));
  const std::size_t open = link->find('[');
  std::uint64_t inode = 0;
  if (open == link->npos ||
      std::from_chars(link->data() + open + 1, link->data() + link->size(), inode).ec !=
          std::errc())
    return fail(Cause::failed, "cannot parse the namespace", *link);
  return inode;
}

bool in_first_pid_namespace(const Root& root) {
  constexpr std::uint64_t first = 0xEFFFFFFC;  // PROC_PID_INIT_INO of the kernel
  return read_namespace(root, ::getpid(), "pid").value_or(0) == first;
}

std::vector<pid_t> list_children(const Root& root, pid_t pid) {
  std::vector<pid_t> children;
  std::string text;
  for (const pid_t tid : list_threads(root, pid)) {
    if (read_file(root.fd(), RelativePath(pid, "task", tid, "children").text(), text) != 0)
      continue;
    std::string_view rest = text;
    while (const auto child = take_number<pid_t>(rest)) children.push_back(child);
  }
  return children;
}

std::uint64_t boot_clock_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1000000;
}

}  // namespace syscope::capture::proc
