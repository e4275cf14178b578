// The second look at a file: what fdinfo, statx(2) and the socket tables add to its link.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "capture/proc/descriptors.h"
#include "capture/proc/locks.h"
#include "capture/proc/maps.h"
#include "resolve/descriptor_class.h"
#include "resolve/world.h"

namespace syscope::resolve {

namespace proc = capture::proc;

namespace {

Access access_of(std::uint32_t flags) {
  if ((flags & O_PATH) != 0) return Access::none;
  const auto mode = static_cast<int>(flags & O_ACCMODE);
  return mode == O_ACCMODE ? Access::both : access_of_mode(mode);
}

char lock_letter(const proc::FileLock& lock) {
  const bool whole = lock.start == 0 && lock.end == UINT64_MAX;
  if (lock.write) return whole ? 'W' : 'w';
  return whole ? 'R' : 'r';
}

// Whether following a path passes through FUSE, which asks its daemon about each part of the path;
// statx(2) of what is open already asks nobody.
bool passes_fuse(const std::vector<proc::Mount>& mounts, std::string_view path) {
  return std::any_of(mounts.begin(), mounts.end(), [&](const proc::Mount& mount) {
    const std::string_view point = mount.point;
    return mount.type.starts_with("fuse") && path.starts_with(point) &&
           (point == "/" || path.size() == point.size() || path[point.size()] == '/');
  });
}

// Only the holder's fdinfo has "lock:" lines, so the letter is right for every kind of lock.
void take_lock(const proc::DescriptorInfo& info, OpenFile& file) {
  for (const std::string_view line : info.lines("lock:"))
    for (const proc::FileLock& lock : proc::parse_locks(line))
      if (!lock.waiting) file.lock = lock_letter(lock);
}

FileClass terminal_class_of(dev_t device) {
  constexpr unsigned first_pty_slave = 136;
  constexpr unsigned last_pty_slave = 143;
  const unsigned device_major = ::major(device);
  const unsigned device_minor = ::minor(device);
  if (device_major >= first_pty_slave && device_major <= last_pty_slave)
    return FileClass::pty_slave;
  if (device_major == 5 && device_minor == 2) return FileClass::pty_master;
  if (device_major == 4 || device_major == 5) return FileClass::terminal;
  return FileClass::character_device;
}

FileClass class_of_mode(std::uint32_t mode, dev_t special_device) {
  switch (mode & S_IFMT) {
    case S_IFREG: return FileClass::regular;
    case S_IFDIR: return FileClass::directory;
    case S_IFLNK: return FileClass::symlink;
    case S_IFBLK: return FileClass::block_device;
    case S_IFIFO: return FileClass::fifo;
    case S_IFCHR: return terminal_class_of(special_device);
    default: return FileClass::unknown;
  }
}

FileClass inet_class(unsigned protocol, unsigned type) {
  if (type == SOCK_RAW) return FileClass::raw;
  switch (protocol) {
    case IPPROTO_TCP: return FileClass::tcp;
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE: return FileClass::udp;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6: return FileClass::ping;
    default: return FileClass::socket;
  }
}

FileClass socket_class(const SocketInfo& socket) {
  switch (socket.family) {
    case AF_INET:
    case AF_INET6: return inet_class(socket.protocol, socket.type);
    case AF_UNIX: return FileClass::unix_socket;
    case AF_NETLINK: return FileClass::netlink;
    case AF_PACKET: return FileClass::packet;
    case AF_VSOCK: return FileClass::vsock;
    default: return FileClass::socket;
  }
}

// What the protocol's name alone can tell, for sockets that no table lists: those never bound or
// connected, of families without tables, and of namespaces that are closed to this user.
FileClass class_of_protocol(std::string_view name) {
  if (name.starts_with("TCP") || name.starts_with("MPTCP")) return FileClass::tcp;
  if (name.starts_with("UDP")) return FileClass::udp;
  if (name.starts_with("UNIX")) return FileClass::unix_socket;
  if (name.starts_with("RAW")) return FileClass::raw;
  if (name.starts_with("PING")) return FileClass::ping;
  if (name == "NETLINK") return FileClass::netlink;
  if (name == "PACKET") return FileClass::packet;
  if (name == "AF_VSOCK") return FileClass::vsock;
  return FileClass::socket;
}

std::string note_without_options(const Error& error) {
  switch (error.cause) {
    case Cause::not_found: return "options unknown: closed meanwhile";
    case Cause::not_permitted: return "options unknown: not permitted without CAP_SYS_PTRACE";
    case Cause::unsupported: return "options unknown: they take Linux 5.6";
    default: return "options unknown: " + error.what;
  }
}

}  // namespace

// What the source has told already. False where fdinfo has to say more.
bool World::examine_found(OpenFile& file) {
  if (!file.has_info || !is_path(file.file_class)) return false;
  file.access = access_of(file.flags);
  if (file.has_status)
    classify_by_status(file);
  else
    examine_status(file, proc::RelativePath(file.pid, "fd", file.number).text());
  return class_of(file.file_class).describe == nullptr;
}

void World::examine_info(OpenFile& file) {
  const auto info = proc::read_descriptor_info(root_, file.pid, file.number);
  if (!info) {
    file.note = info.error().what;
    return;
  }
  file.has_info = true;
  file.flags = info->flags;
  file.position = info->position;
  file.mount = info->mount;
  if (file.inode == 0) file.inode = info->inode;
  file.access = access_of(info->flags);
  take_lock(*info, file);
  if (is_path(file.file_class)) {
    if (root_.is_kernel())
      examine_status(file, proc::RelativePath(file.pid, "fd", file.number).text());
  } else {
    file.device = devices_.anonymous;
    // These two have a file system of the kernel's own, which never makes anybody wait.
    struct stat status {};
    if ((file.file_class == FileClass::name_space || file.file_class == FileClass::pidfd) &&
        ::fstatat(root_.fd(), proc::RelativePath(file.pid, "fd", file.number).text(), &status, 0) ==
            0)
      file.device = status.st_dev;
  }
  const DescriptorClass& kind = class_of(file.file_class);
  if (kind.describe != nullptr) kind.describe(*info, file);
}

void World::examine_status(OpenFile& file, const char* link) {
  if (may_hang(file.pid, file.name, file.mount)) {
    if ((file.flags & O_DIRECTORY) != 0) file.file_class = FileClass::directory;
    file.note = "not examined: its file system may wait for a server";
    return;
  }
  struct statx status {};
  if (::statx(root_.fd(), link, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &status) !=
      0) {
    file.note = std::string("cannot examine: ") + std::strerror(errno);
    return;
  }
  file.has_status = true;
  file.device = ::makedev(status.stx_dev_major, status.stx_dev_minor);
  file.special_device = ::makedev(status.stx_rdev_major, status.stx_rdev_minor);
  file.inode = status.stx_ino;
  file.mode = status.stx_mode;
  file.links = status.stx_nlink;
  file.size = status.stx_size;
  classify_by_status(file);
}

void World::classify_by_status(OpenFile& file) {
  file.object = file.inode;
  if (file.file_class != FileClass::unknown) return;
  file.file_class = class_of_mode(file.mode, file.special_device);
  if (file.file_class == FileClass::pty_slave) {
    constexpr unsigned slaves_per_major = 256;
    file.object =
        (::major(file.special_device) - 136) * slaves_per_major + ::minor(file.special_device);
    add_number(file, "index", file.object);
  }
  if (file.file_class == FileClass::regular && is_mqueue(file)) file.file_class = FileClass::mqueue;
}

bool World::is_mqueue(const OpenFile& file) {
  for (const proc::Mount& mount : mounts(file.pid))
    if (mount.device == file.device) return mount.type == "mqueue";
  // The queue's file system need not be mounted where anybody sees it. Then the name has one slash
  // and the kernel gives every queue the same size: FILENT_SIZE of ipc/mqueue.c.
  constexpr std::uint64_t queue_size = 80;
  return file.has_info && ::major(file.device) == 0 && file.size == queue_size &&
         file.name.rfind('/') == 0;
}

void World::examine_socket(OpenFile& file) {
  file.device = devices_.sockets;
  if (file.socket == nullptr)
    file.socket = socket(file.pid, file.inode,
                         file.file_class == FileClass::socket ? Families::all : Families::others);
  if (file.socket != nullptr) {
    file.file_class = socket_class(*file.socket);
    // Descriptors on their way to it: only fdinfo counts them. Datagrams may bring nothing else.
    const bool may_wait = file.socket->receive_queue != 0 || file.socket->type == SOCK_DGRAM;
    if (file.file_class == FileClass::unix_socket && may_wait)
      if (const auto info = proc::read_descriptor_info(root_, file.pid, file.number))
        if (const auto count = info->number("scm_fds").value_or(0); count != 0)
          add_number(file, "scm_fds", count);
    return;
  }
  const std::string protocol = proc::read_socket_protocol(root_, file.pid, file.number);
  if (protocol.empty()) {
    file.note = "socket of a namespace that cannot be entered";
    return;
  }
  file.file_class = class_of_protocol(protocol);
  add_detail(file, "protocol", protocol);
}

void World::examine(OpenFile& file) {
  if (std::exchange(file.examined, true) || !file.note.empty()) return;
  if (is_socket(file.file_class)) {
    examine_socket(file);
  } else if (file.file_class == FileClass::pipe) {
    if (file.access == Access::unknown)
      file.access = access_of_mode(proc::read_access_mode(root_, file.pid, file.number));
    file.device = devices_.pipes;
  } else if (file.role == Role::descriptor && !examine_found(file)) {
    examine_info(file);
  }
}

SocketOptionSet World::socket_options(const OpenFile& file) {
  SocketOptionSet set;
  if (!root_.is_kernel() || file.role != Role::descriptor || !is_socket(file.file_class)) return set;
  auto options = option_reader_.read(file.pid, file.number, file.inode);
  if (options)
    set.options = std::move(*options);
  else
    set.note = note_without_options(options.error());
  return set;
}

std::vector<OpenFile> World::surroundings(pid_t pid) {
  struct Place {
    Role role;
    const char* name;
  };
  static constexpr Place places[] = {
      {Role::working_directory, "cwd"}, {Role::root_directory, "root"}, {Role::program, "exe"}};
  std::vector<OpenFile> held;
  OpenFile program;
  for (const Place& place : places) {
    OpenFile& file = held.emplace_back();
    file.pid = pid;
    file.role = place.role;
    file.examined = true;
    const proc::RelativePath link(pid, place.name);
    const auto target = place.role == Role::program ? this->program(pid)
                                                    : proc::read_link(root_.fd(), link.text());
    if (!target) {
      // Kernel threads have no program: not worth a row.
      if (place.role == Role::program && target.error().cause == Cause::not_found)
        held.pop_back();
      else
        file.note = target.error().what;
      continue;
    }
    classify_link(*target, file);
    if (root_.is_kernel()) examine_status(file, link.text());
    if (place.role == Role::program) program = file;
  }
  auto mapped = mapped_files(pid);
  if (!mapped) return held;
  for (proc::Mapping& mapping : *mapped) {
    if (mapping.inode == program.inode && mapping.device == program.device) continue;
    OpenFile& file = held.emplace_back();
    file.pid = pid;
    file.role = mapping.deleted ? Role::deleted_mapping : Role::mapping;
    file.examined = true;
    file.deleted = mapping.deleted;
    file.device = mapping.device;
    file.inode = file.object = mapping.inode;
    file.name = std::move(mapping.path);
    file.file_class = FileClass::regular;
    if (!file.deleted) examine_mapping(file);
  }
  return held;
}

void World::examine_mapping(OpenFile& file) {
  const auto [known, is_new] = mapped_.try_emplace({file.device, file.inode}, MappedStatus{});
  MappedStatus& status = known->second;
  if (is_new && root_.is_kernel() && !may_hang(file.pid, file.name, -1) &&
      !passes_fuse(mounts(file.pid), file.name)) {
    // Through the process' own root: its container may call another file by this name.
    const std::string path = std::string(proc::RelativePath(file.pid, "root").text()) + file.name;
    struct statx found {};
    if (::statx(root_.fd(), path.c_str(),
                AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS,
                &found) == 0 &&
        found.stx_ino == file.inode)
      status = {found.stx_size, found.stx_mode, found.stx_nlink, true};
  }
  file.has_status = status.known;
  file.size = status.size;
  file.mode = status.mode;
  file.links = status.links;
}

}  // namespace syscope::resolve
