// Descriptor tables: /proc/PID/fd and /proc/PID/fdinfo.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/proc/folder.h"
#include "capture/proc/root.h"

namespace syscope::capture::proc {

struct DescriptorLink {
  int number = 0;
  std::string_view target;  // "/etc/passwd", "pipe:[812]": raw, valid until the next `next`
  int error = 0;            // errno of readlink(2); then `target` is empty
};

// Walks the open descriptors of a process, in the kernel's order: ascending.
class DescriptorTable {
 public:
  // not_permitted for other users' processes, not_found when the process is gone.
  [[nodiscard]] static Result<DescriptorTable> open(const Root& root, pid_t pid);

  // Descriptors closed meanwhile are passed over.
  [[nodiscard]] std::optional<DescriptorLink> next();
  // The open folder PID/fd, for fstatat(2).
  [[nodiscard]] int folder() const { return folder_.fd(); }
  // How many there are, as count_descriptors() tells.
  [[nodiscard]] std::size_t count() const;

 private:
  explicit DescriptorTable(Folder folder)
      : folder_(std::move(folder)), target_(std::make_unique_for_overwrite<char[]>(target_size)) {}
  Folder folder_;
  static constexpr std::size_t target_size = 4097;
  std::unique_ptr<char[]> target_;
  int denied_ = 0;  // errno of the first link that could not be read
};

// How many descriptors a process has open: the size of PID/fd, since Linux 6.2. 0 when not to be had.
[[nodiscard]] std::size_t count_descriptors(const Root& root, pid_t pid);

// What a descriptor's fdinfo says. proc_pid_fdinfo(5).
struct DescriptorInfo {
  std::uint64_t position = 0;
  std::uint32_t flags = 0;  // O_* of the open file, and O_CLOEXEC of the descriptor
  int mount = -1;           // id, as in mountinfo
  std::uint64_t inode = 0;  // 0 before Linux 5.14
  std::string text;         // all of it, the lines of the class included

  // The rest of the first line that starts with "name:", blanks taken off.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const;
  // The same as a number; `base` 0 is not known here: give 8, 10 or 16.
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name, int base = 10) const;
  // Every line that starts with `prefix`, whole.
  [[nodiscard]] std::vector<std::string_view> lines(std::string_view prefix) const;
};

[[nodiscard]] Result<DescriptorInfo> read_descriptor_info(const Root& root, pid_t pid, int number);
[[nodiscard]] DescriptorInfo parse_descriptor_info(std::string text);

// One descriptor's link. not_found when it is closed.
[[nodiscard]] Result<std::string> read_descriptor_link(const Root& root, pid_t pid, int number);

// How a descriptor may be used, from the mode bits of its link in PID/fd: O_RDONLY, O_WRONLY,
// O_RDWR, or -1 for neither (O_PATH) and on failure. Cheaper than fdinfo.
[[nodiscard]] int read_access_mode(const Root& root, pid_t pid, int number);

// The protocol's name of a socket of any namespace: the extended attribute system.sockprotoname,
// "TCP", "UNIX", "NETLINK"... Empty when not to be had. getxattr(2).
[[nodiscard]] std::string read_socket_protocol(const Root& root, pid_t pid, int number);

}  // namespace syscope::capture::proc
