// What one process holds: an open file, what kind of thing it is, and who is at its other end.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "capture/proc/sock_diag.h"
#include "capture/proc/socket_options.h"

namespace syscope::resolve {

using capture::proc::SocketInfo;
using capture::proc::SocketOption;

enum class FileClass : std::uint8_t {
  unknown,  // a path that has not been examined, or could not be
  regular,
  directory,
  symlink,
  character_device,
  block_device,
  fifo,
  memfd,
  mqueue,
  terminal,
  pty_master,
  pty_slave,
  pipe,
  name_space,
  socket,  // not examined, or of a family that nothing here knows
  tcp,
  udp,
  raw,
  ping,
  packet,
  unix_socket,
  netlink,
  vsock,
  eventfd,
  eventpoll,
  timerfd,
  signalfd,
  inotify,
  fanotify,
  pidfd,
  bpf_map,
  bpf_program,
  bpf_link,
  btf,
  io_uring,
  perf_event,
  userfaultfd,
  dma_buffer,
  anonymous,  // an anonymous inode of another kind: `name` says which
};
constexpr std::size_t file_class_count = static_cast<std::size_t>(FileClass::anonymous) + 1;

[[nodiscard]] constexpr bool is_socket(FileClass c) {
  return c >= FileClass::socket && c <= FileClass::vsock;
}
// Anything with a name in a file system: the link of the descriptor is a path.
[[nodiscard]] constexpr bool is_path(FileClass c) { return c <= FileClass::pty_slave; }

enum class Role : std::uint8_t {
  descriptor,
  working_directory,
  root_directory,
  program,
  mapping,
  deleted_mapping
};

enum class Access : std::uint8_t { unknown, none /* O_PATH */, read, write, both };

// A fact that only this class of file has: "count" of an eventfd, "clock" of a timer.
struct Detail {
  std::string_view name;  // a literal
  std::string value;      // raw: may hold bytes of other processes' choosing
  bool is_number = false;
};

// One row of a descriptor table, or one of the files a process holds without a descriptor. Filled
// in two steps: a listing knows what the link says; World::examine adds the rest.
struct OpenFile {
  pid_t pid = 0;
  int number = -1;  // of the descriptor; -1 for the other roles
  Role role = Role::descriptor;
  FileClass file_class = FileClass::unknown;
  Access access = Access::unknown;
  char lock = ' ';          // r w: whole file, R W: a part, as lsof writes it
  bool deleted = false;     // no name leads to it any more
  bool examined = false;    // World::examine has been here
  bool has_status = false;  // device, mode, size, links are those of statx(2)
  bool has_info = false;    // position, flags, mount are those of fdinfo
  std::uint32_t flags = 0;  // O_*
  int mount = -1;
  dev_t device = 0;
  dev_t special_device = 0;  // st_rdev
  std::uint64_t inode = 0;
  // What makes two open files the same thing to talk through: the inode, the id of an eventfd, the
  // index of a pseudo-terminal; together with `device` for paths.
  std::uint64_t object = 0;
  std::uint64_t size = 0;
  std::uint64_t position = 0;
  std::uint32_t mode = 0;
  std::uint32_t links = 0;
  // The path without " (deleted)", or the kind of an anonymous inode ("[eventfd]", "net"); empty
  // for sockets and pipes. Raw: escape before a terminal sees it.
  std::string name;
  const SocketInfo* socket = nullptr;  // owned by the World
  std::vector<Detail> details;
  std::string note;  // why something is missing; empty when nothing is
};

// Who else holds the thing, or its other end.
struct Peer {
  enum class Relation : std::uint8_t {
    other_end,    // writes what we read, and the reverse
    same_object,  // holds the very same object: another descriptor of it
    listener,     // has not accepted us yet
    target,       // the process a pidfd stands for
    watched,      // a file that an epoll descriptor watches
  };
  Relation relation = Relation::other_end;
  Access access = Access::unknown;
  FileClass file_class = FileClass::unknown;
  pid_t pid = 0;
  int number = -1;
  std::string comm;  // raw
};

struct PeerSet {
  // Thousands of processes may share one pipe, and each of its rows would list all of them.
  static constexpr std::size_t most_peers = 100;
  std::vector<Peer> peers;
  std::size_t more = 0;  // how many there are beyond most_peers
  // One sentence where the list alone would mislead: "no writer is left", "remote host",
  // "held by another user's process (uid 33)". Plain ASCII of our own.
  std::string note;
  // The other end's socket where it was found, even if no process holds it. Owned by the World.
  const SocketInfo* socket = nullptr;
  // True when some process could not be looked into, so that a missing peer proves nothing.
  bool partial = false;
};

// What the owner of a socket has set on it.
struct SocketOptionSet {
  std::vector<SocketOption> options;
  std::string note;  // why they could not be read; plain ASCII of our own
};

// "tcp", "eventfd": the word in JSON and in --by.
[[nodiscard]] std::string_view class_name(FileClass c);
// What lsof calls it: "REG", "a_inode", "IPv4" (which depends on the socket's family).
[[nodiscard]] std::string_view lsof_type(const OpenFile& file);
// "ESTABLISHED", "LISTEN"; empty for 0 or an unknown state.
[[nodiscard]] std::string_view tcp_state_name(unsigned state);
// "127.0.0.1:80", "[::1]:80", "*:80" where the address is all zero. IPv4-mapped addresses as IPv4.
[[nodiscard]] std::string address_text(int family, const capture::proc::SocketAddress& address);
// "stream", "dgram", "seqpacket", "raw"; empty where the kernel did not say.
[[nodiscard]] std::string_view socket_type_name(unsigned type);
// "ROUTE", "GENERIC" of NETLINK_*; empty when unknown. netlink(7).
[[nodiscard]] std::string_view netlink_protocol_name(unsigned protocol);
// "TCP", "UDP", "ICMP" of IPPROTO_*; the number otherwise.
[[nodiscard]] std::string protocol_name(unsigned protocol);

}  // namespace syscope::resolve
