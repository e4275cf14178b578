#include "capture/proc/socket_copies.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace syscope::capture::proc {
namespace {

std::unexpected<Error> failure(int error, std::string what, int on) {
  if (error == ENOSYS)
    return fail(Cause::unsupported, "this kernel does not lend descriptors", std::to_string(on),
                "it takes Linux 5.6");
  // The process is there, the descriptor is not: as good as gone.
  if (error == EBADF) return fail(Cause::not_found, std::move(what), std::to_string(on));
  return fail_errno(error, std::move(what), std::to_string(on));
}

}  // namespace

Result<int> SocketCopies::process(pid_t pid) {
  if (const auto found = processes_.find(pid); found != processes_.end())
    return found->second.get();
  if (processes_.size() >= most_kept) processes_.clear();
  Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!fd) return failure(errno, "cannot open the process", pid);
  return processes_.emplace(pid, std::move(fd)).first->second.get();
}

Result<Fd> SocketCopies::borrow(pid_t pid, int number, std::uint64_t inode) {
  const auto owner = process(pid);
  if (!owner) return std::unexpected(owner.error());
  Fd borrowed(static_cast<int>(::syscall(SYS_pidfd_getfd, *owner, number, 0)));
  if (!borrowed) {
    const int error = errno;
    if (error == ESRCH) processes_.erase(pid);  // gone: another process may get its id
    return failure(error, "cannot borrow the descriptor", number);
  }
  struct stat status;
  if (::fstat(borrowed.get(), &status) != 0 || !S_ISSOCK(status.st_mode) ||
      status.st_ino != inode) {
    close_aside(std::move(borrowed));
    return fail(Cause::not_found, "the descriptor has changed", std::to_string(number));
  }
  return borrowed;
}

void SocketCopies::close_aside(Fd copy) {
  const int number = copy.release();
  try {
    std::thread([number] { ::close(number); }).detach();
  } catch (const std::system_error&) {
    ::close(number);  // no more threads: rather wait than keep it
  }
}

}  // namespace syscope::capture::proc
