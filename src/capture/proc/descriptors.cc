#include "capture/proc/descriptors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <utility>

namespace syscope::capture::proc {
namespace {

// struct linux_dirent64 of getdents64(2): d_reclen at 16, d_name at 19.
constexpr std::size_t record_length_offset = 16;
constexpr std::size_t name_offset = 19;

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return line;
}

// The kernel gives the folder as many bytes as it has entries.
std::size_t count_in(const struct stat& folder) {
  return static_cast<std::size_t>(std::max<off_t>(folder.st_size, 0));
}

}  // namespace

Result<Folder> Folder::open(int parent, const char* path) {
  Fd fd(::openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "cannot list", path);
  return Folder(std::move(fd));
}

std::optional<int> Folder::next_number() {
  for (;;) {
    if (at_ == end_) {
      const long count = ::syscall(SYS_getdents64, fd_.get(), buffer_->data(), buffer_size);
      if (count <= 0) return std::nullopt;
      at_ = 0;
      end_ = static_cast<std::size_t>(count);
    }
    const std::byte* const record = buffer_->data() + at_;
    std::uint16_t length = 0;
    std::memcpy(&length, record + record_length_offset, sizeof length);
    const char* const name = reinterpret_cast<const char*>(record + name_offset);
    at_ += length;
    int number = 0;
    const char* const end = name + std::strlen(name);
    const auto parsed = std::from_chars(name, end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end) return number;
  }
}

Result<DescriptorTable> DescriptorTable::open(const Root& root, pid_t pid) {
  auto folder = Folder::open(root.fd(), RelativePath(pid, "fd").text());
  if (!folder) {
    Error error = std::move(folder.error());
    error.what =
        error.cause == Cause::not_found ? "no such process" : "cannot list the descriptors";
    error.on = std::to_string(pid);
    if (error.cause == Cause::not_permitted) error.todo = "run as root, or grant CAP_SYS_PTRACE";
    return std::unexpected(std::move(error));
  }
  return DescriptorTable(std::move(*folder));
}

std::optional<DescriptorLink> DescriptorTable::next() {
  while (const auto number = folder_.next_number()) {
    if (denied_ != 0) return DescriptorLink{*number, {}, denied_};
    const ssize_t size =
        ::readlinkat(folder_.fd(), RelativePath(*number).text(), target_.get(), target_size);
    if (size >= 0)
      return DescriptorLink{*number, {target_.get(), static_cast<std::size_t>(size)}, 0};
    if (errno == ENOENT) continue;
    // Who may not look at one link of a process may look at none: proc_pid_readlink of the kernel
    // asks ptrace_may_access(), not the file.
    if (errno == EACCES) denied_ = errno;
    return DescriptorLink{*number, {}, errno};
  }
  return std::nullopt;
}

std::size_t DescriptorTable::count() const {
  struct stat status {};
  return ::fstat(folder_.fd(), &status) == 0 ? count_in(status) : 0;
}

std::size_t count_descriptors(const Root& root, pid_t pid) {
  struct stat folder {};
  if (::fstatat(root.fd(), RelativePath(pid, "fd").text(), &folder, 0) != 0) return 0;
  return count_in(folder);
}

std::optional<std::string_view> DescriptorInfo::field(std::string_view name) const {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':')
      return trim(line.substr(name.size() + 1));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> DescriptorInfo::number(std::string_view name, int base) const {
  const auto value = field(name);
  if (!value) return std::nullopt;
  std::string_view digits = *value;
  if (base == 16 && digits.starts_with("0x")) digits.remove_prefix(2);
  std::uint64_t number = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), number, base).ec != std::errc())
    return std::nullopt;
  return number;
}

std::vector<std::string_view> DescriptorInfo::lines(std::string_view prefix) const {
  std::vector<std::string_view> found;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.starts_with(prefix)) found.push_back(line);
  }
  return found;
}

DescriptorInfo parse_descriptor_info(std::string text) {
  DescriptorInfo info;
  info.text = std::move(text);
  info.position = info.number("pos").value_or(0);
  info.flags = static_cast<std::uint32_t>(info.number("flags", 8).value_or(0));
  info.mount = static_cast<int>(info.number("mnt_id").value_or(static_cast<std::uint64_t>(-1)));
  info.inode = info.number("ino").value_or(0);
  return info;
}

Result<DescriptorInfo> read_descriptor_info(const Root& root, pid_t pid, int number) {
  std::string text;
  const int error = read_record(root.fd(), RelativePath(pid, "fdinfo", number).text(), text);
  if (error != 0)
    return fail_errno(error, "cannot read the state of descriptor " + std::to_string(number),
                      std::to_string(pid));
  return parse_descriptor_info(std::move(text));
}

Result<std::string> read_descriptor_link(const Root& root, pid_t pid, int number) {
  return read_link(root.fd(), RelativePath(pid, "fd", number).text());
}

int read_access_mode(const Root& root, pid_t pid, int number) {
  struct stat link {};
  if (::fstatat(root.fd(), RelativePath(pid, "fd", number).text(), &link, AT_SYMLINK_NOFOLLOW) != 0)
    return -1;
  switch (link.st_mode & (S_IRUSR | S_IWUSR)) {
    case S_IRUSR | S_IWUSR: return O_RDWR;
    case S_IRUSR: return O_RDONLY;
    case S_IWUSR: return O_WRONLY;
    default: return -1;
  }
}

std::string read_socket_protocol(const Root& root, pid_t pid, int number) {
  if (!root.is_kernel()) return {};
  const std::string path = root.path() + '/' + RelativePath(pid, "fd", number).text();
  char name[64];
  const ssize_t size = ::getxattr(path.c_str(), "system.sockprotoname", name, sizeof name);
  if (size <= 0) return {};
  return std::string(name, ::strnlen(name, static_cast<std::size_t>(size)));
}

}  // namespace syscope::capture::proc
