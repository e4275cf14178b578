#include "diagnose/paths.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace syscope::diagnose {
namespace {

namespace proc = capture::proc;

struct PathArgument {
  long call;
  int folder;  // index of the descriptor argument, -1: none
  int path;
};

constexpr PathArgument path_arguments[] = {
    {SYS_openat, 0, 1},     {SYS_openat2, 0, 1},   {SYS_statx, 0, 1},    {SYS_newfstatat, 0, 1},
    {SYS_faccessat, 0, 1},  {SYS_faccessat2, 0, 1}, {SYS_readlinkat, 0, 1}, {SYS_unlinkat, 0, 1},
    {SYS_mkdirat, 0, 1},    {SYS_execve, -1, 0},   {SYS_execveat, 0, 1}, {SYS_statfs, -1, 0},
    {SYS_chdir, -1, 0},     {SYS_umount2, -1, 0},  {SYS_renameat2, 0, 1},
    {SYS_truncate, -1, 0},  {SYS_fchmodat, 0, 1},
#ifdef __x86_64__
    {SYS_open, -1, 0},      {SYS_creat, -1, 0},    {SYS_stat, -1, 0},    {SYS_lstat, -1, 0},
    {SYS_access, -1, 0},    {SYS_readlink, -1, 0}, {SYS_unlink, -1, 0},  {SYS_mkdir, -1, 0},
    {SYS_rmdir, -1, 0},     {SYS_rename, -1, 0},
#endif
};

std::optional<std::string> folder_of(const ThreadState& thread, int argument, Scene& scene) {
  const int fd = argument < 0 ? AT_FDCWD : static_cast<int>(thread.argument(argument));
  auto link = fd == AT_FDCWD
                  ? proc::read_link(scene.root().fd(), proc::RelativePath(thread.id.pid, "cwd").text())
                  : proc::read_descriptor_link(scene.root(), thread.id.pid, fd);
  return link ? std::optional(std::move(*link)) : std::nullopt;
}

// The file as the process sees it, through its root; never asks a file server.
std::optional<struct statx> look_at(pid_t pid, const std::string& path, Scene& scene) {
  struct statx about;
  const std::string inside = fmt::format("{}/root{}", pid, path);
  if (::statx(scene.root().fd(), inside.c_str(), AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
              STATX_TYPE | STATX_INO, &about) != 0) {
    return {};
  }
  return about;
}

}  // namespace

std::optional<std::string> opened_path(const ThreadState& thread, Scene& scene) {
  for (const PathArgument& entry : path_arguments) {
    if (!thread.is_in(entry.call)) continue;
    auto path = scene.read_string(thread.id.pid, thread.argument(static_cast<unsigned>(entry.path)));
    if (!path || path->starts_with('/')) return path;
    const auto folder = folder_of(thread, entry.folder, scene);
    return folder ? std::optional(*folder + "/" + *path) : path;
  }
  return {};
}

bool is_open(const ThreadState& thread) {
#ifdef __x86_64__
  if (thread.is_in(SYS_open) || thread.is_in(SYS_creat)) return true;
#endif
  return thread.is_in(SYS_openat) || thread.is_in(SYS_openat2);
}

std::optional<std::uint64_t> inode_of(pid_t pid, const std::string& path, Scene& scene) {
  const auto about = look_at(pid, path, scene);
  return about ? std::optional<std::uint64_t>(about->stx_ino) : std::nullopt;
}

bool is_fifo(pid_t pid, const std::string& path, Scene& scene) {
  const auto about = look_at(pid, path, scene);
  return about && S_ISFIFO(about->stx_mode);
}

}  // namespace syscope::diagnose
