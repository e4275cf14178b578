#include "capture/proc/root.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace syscope::capture::proc {

Result<Root> Root::open(std::string path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "cannot open the process files", path, "mount proc there");
  struct statfs system {};
  const bool is_kernel = ::fstatfs(fd.get(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
  return Root(std::move(fd), std::move(path), is_kernel);
}

void RelativePath::separate() {
  if (size_ != 0 && size_ < sizeof text_ - 1) text_[size_++] = '/';
}

void RelativePath::add(long long number) {
  separate();
  const auto end = std::to_chars(text_ + size_, text_ + sizeof text_ - 1, number);
  if (end.ec == std::errc()) size_ = static_cast<std::size_t>(end.ptr - text_);
}

void RelativePath::add(std::string_view part) {
  separate();
  const std::size_t count = std::min(part.size(), sizeof text_ - 1 - size_);
  std::memcpy(text_ + size_, part.data(), count);
  size_ += count;
}

int read_file(int folder, const char* path, std::string& content) {
  content.clear();
  const Fd fd(::openat(folder, path, O_RDONLY | O_CLOEXEC));
  if (!fd) return errno;
  constexpr std::size_t step = 4096;
  for (;;) {
    const std::size_t before = content.size();
    // Doubles, since the kernel writes a long file anew from each offset.
    const std::size_t room = std::max(step, before);
    ssize_t count = 0;
    content.resize(before + room);
    do count = ::read(fd.get(), content.data() + before, room);
    while (count < 0 && errno == EINTR);
    const int error = errno;
    content.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0) return error;
    if (count == 0) return 0;
  }
}

Result<std::string> read_link(int folder, const char* path) {
  char target[4097];
  const ssize_t size = ::readlinkat(folder, path, target, sizeof target);
  if (size < 0) return fail_errno(errno, "cannot read the link", path);
  return std::string(target, static_cast<std::size_t>(size));
}

}  // namespace syscope::capture::proc
