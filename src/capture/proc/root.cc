#include "capture/proc/root.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace syscope::capture::proc {

namespace {

// Whether the folder shows this process under the id that the process has for itself.
bool shows_own_namespace(int folder) {
  char target[16];
  const ssize_t size = ::readlinkat(folder, "self", target, sizeof target);
  const std::string own = std::to_string(::getpid());
  return size == static_cast<ssize_t>(own.size()) && std::memcmp(target, own.data(), own.size()) == 0;
}

// A process file system of this PID namespace that is mounted nowhere; nothing where this user may
// not make one. Mounting takes a mount namespace that belongs to the user: a child moves to one of
// its own, and leaves behind the descriptor in the table that it shares.
Fd mount_own() {
  int result[2];
  if (::pipe2(result, O_CLOEXEC) != 0) return {};
  const Fd from(result[0]), to(result[1]);
  const long child = ::syscall(SYS_clone, CLONE_FILES, nullptr, nullptr, nullptr, nullptr);
  if (child == 0) {
    int mounted = -1;
    if (::unshare(CLONE_NEWNS) == 0) {
      const int context = static_cast<int>(::syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC));
      if (::syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0) {
        mounted = static_cast<int>(::syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0));
      }
      if (context >= 0) ::close(context);
    }
    (void)!::write(to.get(), &mounted, sizeof mounted);
    ::_exit(0);
  }
  if (child < 0) return {};
  while (::waitpid(static_cast<pid_t>(child), nullptr, __WCLONE) < 0 && errno == EINTR) {
  }
  int mounted = -1;
  if (::read(from.get(), &mounted, sizeof mounted) != sizeof mounted) return {};
  return Fd(mounted);
}

int read_until_end(int folder, const char* path, std::string& content, bool in_one_piece) {
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
    if (count == 0 || (in_one_piece && static_cast<std::size_t>(count) < room)) return 0;
  }
}

}  // namespace

Result<Root> Root::open(std::string path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd && path == "/proc" && !shows_own_namespace(fd.get())) {
    if (Fd own = mount_own()) fd = std::move(own);
  }
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
  return read_until_end(folder, path, content, false);
}

int read_record(int folder, const char* path, std::string& content) {
  return read_until_end(folder, path, content, true);
}

Result<std::string> read_link(int folder, const char* path) {
  char target[4097];
  const ssize_t size = ::readlinkat(folder, path, target, sizeof target);
  if (size < 0) return fail_errno(errno, "cannot read the link", path);
  return std::string(target, static_cast<std::size_t>(size));
}

}  // namespace syscope::capture::proc
