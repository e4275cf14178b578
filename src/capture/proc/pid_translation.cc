#include "capture/proc/pid_translation.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <charconv>
#include <string_view>

#include "base/fd.h"
#include "capture/proc/process.h"

namespace syscope::capture::proc {
namespace {

// Translations remembered; beyond that all are looked for again.
constexpr std::size_t most_known = 4096;

std::uint64_t inode_of(int fd) {
  struct stat status;
  return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

Fd open_namespace(const Root& root, pid_t tid) {
  return Fd(::openat(root.fd(), RelativePath(tid, "ns/pid").text(), O_RDONLY | O_CLOEXEC));
}

// The numbers of a line "NSpid:\t812\t3", from this namespace inwards; none where it is not there.
std::vector<pid_t> numbers_of(std::string_view status, std::string_view name) {
  std::vector<pid_t> numbers;
  const std::size_t start = status.find("\n" + std::string(name) + ":");
  if (start == std::string_view::npos) return numbers;
  std::string_view line = status.substr(start + name.size() + 2);
  line = line.substr(0, line.find('\n'));
  while (!line.empty()) {
    if (line.front() == '\t' || line.front() == ' ') {
      line.remove_prefix(1);
      continue;
    }
    pid_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  }
  return numbers;
}

constexpr std::string_view lines[] = {"NSpid", "NStgid", "NSpgid", "NSsid"};

}  // namespace

PidTranslator::Level PidTranslator::level_of(pid_t tid) const {
  std::string status;
  if (read_record(root_.fd(), RelativePath(tid, "status").text(), status) != 0) return {};
  const Fd fd = open_namespace(root_, tid);
  if (!fd) return {};
  return {inode_of(fd.get()), numbers_of(status, "NSpid").size()};
}

// Whether the thread, whose own namespace is `depth` levels deep, is in that of `level` or below it.
// ioctl_ns(2)
bool PidTranslator::lives_in(pid_t tid, const Level& level, std::size_t depth) const {
  Fd fd = open_namespace(root_, tid);
  for (; fd && depth > level.depth; --depth) fd = Fd(::ioctl(fd.get(), NS_GET_PARENT));
  return fd && inode_of(fd.get()) == level.name_space;
}

pid_t PidTranslator::found_in(pid_t pid, pid_t tid, const Level& level, pid_t number) {
  if (read_record(root_.fd(), RelativePath(pid, "task", tid, "status").text(), status_) != 0) return 0;
  for (const std::string_view line : lines) {
    const std::vector<pid_t> numbers = numbers_of(status_, line);
    if (numbers.size() < level.depth || numbers[level.depth - 1] != number) continue;
    if (lives_in(tid, level, numbers.size())) return numbers.front();
  }
  return 0;
}

pid_t PidTranslator::search(const Level& level, pid_t number) {
  for (const pid_t pid : list_processes(root_)) {
    for (const pid_t tid : list_threads(root_, pid)) {
      const pid_t found = found_in(pid, tid, level, number);
      if (found == 0) continue;
      if (known_.size() >= most_known) known_.clear();
      known_[{level.name_space, number}] = {pid, tid};
      return found;
    }
  }
  return 0;
}

pid_t PidTranslator::translate(pid_t tid, pid_t number) {
  if (!own_) {
    const Fd fd(::openat(root_.fd(), "self/ns/pid", O_RDONLY | O_CLOEXEC));
    own_ = fd ? inode_of(fd.get()) : 0;
  }
  const Fd fd = open_namespace(root_, tid);
  if (!fd || inode_of(fd.get()) == *own_) return number;
  const Level level = level_of(tid);
  if (level.depth == 0) return number;
  if (const auto known = known_.find({level.name_space, number}); known != known_.end()) {
    const auto [pid, thread] = known->second;
    if (const pid_t found = found_in(pid, thread, level, number); found != 0) return found;
  }
  return search(level, number);
}

}  // namespace syscope::capture::proc
