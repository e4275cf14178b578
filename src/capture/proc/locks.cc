#include "capture/proc/locks.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>

namespace syscope::capture::proc {
namespace {

std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

template <class Integer>
Integer number_of(std::string_view text, int base = 10) {
  Integer value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

// "fe:00:1234": device in hexadecimal, inode in decimal.
bool parse_object(std::string_view text, FileLock& lock) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.rfind(':');
  if (first == text.npos || second <= first) return false;
  lock.device = ::makedev(number_of<unsigned>(text.substr(0, first), 16),
                          number_of<unsigned>(text.substr(first + 1, second - first - 1), 16));
  lock.inode = number_of<std::uint64_t>(text.substr(second + 1));
  return true;
}

bool parse_lock(std::string_view line, FileLock& lock) {
  std::string_view word = take_word(line);
  if (word == "lock:") word = take_word(line);
  lock.number = number_of<std::uint64_t>(word);
  word = take_word(line);
  if (word == "->") {
    lock.waiting = true;
    word = take_word(line);
  }
  lock.kind = word;
  lock.mode = take_word(line);
  lock.write = take_word(line) == "WRITE";
  lock.pid = number_of<pid_t>(take_word(line));
  if (!parse_object(take_word(line), lock)) return false;
  lock.start = number_of<std::uint64_t>(take_word(line));
  word = take_word(line);
  if (word != "EOF") lock.end = number_of<std::uint64_t>(word);
  return true;
}

}  // namespace

std::vector<FileLock> parse_locks(std::string_view text) {
  std::vector<FileLock> locks;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    FileLock lock;
    if (parse_lock(text.substr(0, end), lock)) locks.push_back(std::move(lock));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return locks;
}

Result<std::vector<FileLock>> read_locks(const Root& root) {
  std::string text;
  const int error = read_file(root.fd(), "locks", text);
  if (error != 0) return fail_errno(error, "cannot read the file locks", root.path() + "/locks");
  return parse_locks(text);
}

}  // namespace syscope::capture::proc
