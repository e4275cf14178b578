#include "capture/ptrace/open_files.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "capture/proc/descriptors.h"
#include "capture/ptrace/outlet.h"

namespace syscope::capture::ptrace {
namespace {

constexpr std::string_view deleted_suffix = " (deleted)";
constexpr std::string_view anonymous_prefix = "anon_inode:";

// As the kernel encodes it internally.
std::uint32_t device_number(std::uint32_t major, std::uint32_t minor) {
  return major << 20 | minor;
}

// statx(2) of what a link leads to, from what the kernel knows: a server that is gone hangs nobody.
bool status_of(int folder, const char* path, struct statx& status) {
  constexpr unsigned wanted = STATX_TYPE | STATX_MODE | STATX_INO | STATX_NLINK;
  return ::statx(folder, path, AT_STATX_DONT_SYNC, wanted, &status) == 0;
}

sc_file_class class_of(std::string_view link) {
  if (link.starts_with("pipe:[")) return SC_FILE_PIPE;
  if (link.starts_with("socket:[")) return SC_FILE_SOCKET;
  if (link.starts_with(anonymous_prefix)) return SC_FILE_ANON;
  return SC_FILE_PATH;
}

template <class T>
Bytes bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

}  // namespace

OpenFile OpenFiles::look_up(pid_t pid, pid_t tid, std::int32_t number) {
  if (number < 0 && number != AT_FDCWD) return {};
  const proc::RelativePath path =
      number == AT_FDCWD ? proc::RelativePath(tid, "cwd") : proc::RelativePath(tid, "fd", number);
  auto link = proc::read_link(proc_.fd(), path.text());
  if (!link) return {};
  describe(pid, tid, number, path.text(), std::move(*link));

  const auto known = ids_.find(std::string(as_chars(record_.bytes())));
  if (known != ids_.end()) return {known->second, {}};
  if (ids_.size() >= most_known) ids_.clear();
  const std::uint64_t id = ++latest_id_;
  ids_.emplace(as_chars(record_.bytes()), id);
  sc_file& file = *reinterpret_cast<sc_file*>(&record_.head());
  file.id = id;
  file.head.pid = static_cast<sc_u32>(pid);
  file.head.tid = static_cast<sc_u32>(tid);
  file.head.time = monotonic_time();
  return {id, record_.finish()};
}

// Builds the record, but for the fields that do not describe the file.
void OpenFiles::describe(pid_t pid, pid_t tid, std::int32_t number, const char* path,
                         std::string link) {
  struct statx status {};
  const bool has_status = status_of(proc_.fd(), path, status);
  const sc_file_class file_class = class_of(link);
  sc_file& file = record_.start<sc_file>(SC_FILE);
  file.file_class = static_cast<sc_u16>(file_class);
  if (has_status) {
    file.inode = status.stx_ino;
    file.device = device_number(status.stx_dev_major, status.stx_dev_minor);
    file.mode = status.stx_mode;
    file.rdev = device_number(status.stx_rdev_major, status.stx_rdev_minor);
  }
  std::string_view text = link;
  if (file_class == SC_FILE_PATH && link.ends_with(deleted_suffix) &&
      is_deleted(tid, link, has_status ? status.stx_nlink : 0)) {
    file.head.flags = SC_FILE_DELETED;
    text.remove_suffix(deleted_suffix.size());
  }
  if (file_class == SC_FILE_SOCKET) return describe_socket(pid, number);
  if (file_class == SC_FILE_PIPE) return;
  if (file_class == SC_FILE_ANON) text.remove_prefix(anonymous_prefix.size());
  const std::string state = details_ ? state_of(tid, number, link) : std::string();
  file.text_size = static_cast<sc_u16>(text.size());
  file.info_size = static_cast<sc_u32>(state.size());
  record_.append(as_bytes(text));
  record_.append(as_bytes(std::string_view(state)));
}

void OpenFiles::describe_socket(pid_t pid, std::int32_t number) {
  sc_socket socket{};
  const sc_file& file = *reinterpret_cast<const sc_file*>(&record_.head());
  auto found = details_ ? sockets_.read(pid, number, file.inode)
                        : Result<proc::SocketInfo>(fail(Cause::not_found, "not asked for"));
  if (found) {
    socket.family = found->family;
    socket.type = found->type;
    socket.protocol = found->protocol;
    socket.state = found->state;
    socket.local_port = found->local.port;
    socket.remote_port = found->remote.port;
    std::ranges::copy(found->local.bytes, socket.local);
    std::ranges::copy(found->remote.bytes, socket.remote);
    if (found->family == AF_NETLINK) {
      std::memcpy(socket.local, &found->netlink_port, sizeof found->netlink_port);
    }
    socket.peer_inode = peer_of(file.inode, *found);
    reinterpret_cast<sc_file*>(&record_.head())->text_size =
        static_cast<sc_u16>(found->name.size());
    record_.append(as_bytes(std::string_view(found->name)));
  }
  record_.append(bytes_of(socket));
}

// A stream keeps its peer when that is closed, though the kernel does not name it any more.
std::uint64_t OpenFiles::peer_of(std::uint64_t inode, const proc::SocketInfo& socket) {
  if (socket.family != AF_UNIX || socket.type != SOCK_STREAM) return socket.peer_inode;
  if (socket.peer_inode == 0) {
    const auto known = peers_.find(inode);
    return known != peers_.end() ? known->second : 0;
  }
  if (peers_.size() >= most_known) peers_.clear();
  peers_[inode] = socket.peer_inode;
  return socket.peer_inode;
}

// A file may be called "x (deleted)"; and one that is deleted may have other names left.
bool OpenFiles::is_deleted(pid_t tid, const std::string& link, std::uint32_t links) {
  if (links == 0) return true;
  const std::string named =
      std::string(proc::RelativePath(tid, "root").text()) + link;  // as the thread sees it
  struct statx other {};
  if (!status_of(proc_.fd(), named.c_str(), other)) return true;
  const sc_file& file = *reinterpret_cast<const sc_file*>(&record_.head());
  return other.stx_ino != file.inode ||
         device_number(other.stx_dev_major, other.stx_dev_minor) != file.device;
}

// What its fdinfo says, without the lines that every file has. proc_pid_fdinfo(5)
std::string OpenFiles::state_of(pid_t tid, std::int32_t number, std::string_view link) {
  static constexpr std::array<std::string_view, 4> telling = {
      "anon_inode:[eventfd]", "anon_inode:[signalfd]", "anon_inode:[pidfd]", "/dev/ptmx"};
  if (std::ranges::find(telling, link) == telling.end() && !link.ends_with("/ptmx")) return {};
  const auto info = proc::read_descriptor_info(proc_, tid, number);
  if (!info) return {};
  std::string state;
  for (const std::string_view field :
       {"eventfd-count", "eventfd-id", "eventfd-semaphore", "sigmask", "Pid", "tty-index"}) {
    if (const auto value = info->field(field)) {
      state += std::string(field) + ": " + std::string(*value) + '\n';
    }
  }
  return state;
}

}  // namespace syscope::capture::ptrace
