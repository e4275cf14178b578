// The folder of the kernel's process files, opened once. Tests put a folder of their own in its
// place.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "base/result.h"

namespace syscope::capture::proc {

// An open /proc. Everything below it is read relative to this descriptor. proc(5).
class Root {
 public:
  // Fails where the folder cannot be opened (a container without /proc). Where /proc shows another
  // PID namespace than the program's own, as behind unshare(1) without --mount-proc, one of its own
  // is opened instead if the user may mount one; nobody else sees it. pid_namespaces(7), fsmount(2)
  [[nodiscard]] static Result<Root> open(std::string path = "/proc");

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  // False for a test's folder: then the kernel is not asked through other doors (netlink, stat of
  // an open file), since its answers would be about other processes.
  [[nodiscard]] bool is_kernel() const { return is_kernel_; }

 private:
  Root(Fd fd, std::string path, bool is_kernel)
      : fd_(std::move(fd)), path_(std::move(path)), is_kernel_(is_kernel) {}

  Fd fd_;
  std::string path_;
  bool is_kernel_ = false;
};

// A short path relative to the root, without allocation: RelativePath(812, "fd", 3).text() is
// "812/fd/3". Parts that do not fit are cut: all callers pass numbers and literals.
class RelativePath {
 public:
  template <class... Parts>
  explicit RelativePath(Parts... parts) {
    (add(parts), ...);
    text_[size_] = '\0';
  }
  [[nodiscard]] const char* text() const { return text_; }

 private:
  void add(long long number);
  void add(int number) { add(static_cast<long long>(number)); }
  void add(std::string_view part);
  void add(const char* part) { add(std::string_view(part)); }
  void separate();

  char text_[96];
  std::size_t size_ = 0;
};

// Reads the whole of a process file into `content`, which keeps its memory from call to call.
// Returns 0 or the errno of open(2) or read(2); `content` is then what came before the failure.
[[nodiscard]] int read_file(int folder, const char* path, std::string& content);
// The same for a file that the kernel writes in one piece (single_open() of fs/proc: stat, status,
// fdinfo, cgroup, sockstat): a read that leaves room has brought all of it, and none asks for more.
[[nodiscard]] int read_record(int folder, const char* path, std::string& content);

// The text of a symbolic link, or the errno as an error on `path`. readlink(2): never blocks on the
// file that a link of /proc stands for.
[[nodiscard]] Result<std::string> read_link(int folder, const char* path);

}  // namespace syscope::capture::proc
