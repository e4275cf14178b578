// Calls that wait on one descriptor, read and write in all their forms, and accept: what is open there
// decides what the wait means. The rules by class are files of their own.
#include <fmt/format.h>
#include <sys/syscall.h>

#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

std::optional<Direction> direction_of(long call) {
  switch (call) {
    case SYS_read:
    case SYS_readv:
    case SYS_pread64:
    case SYS_preadv:
    case SYS_preadv2:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_recvmmsg:
    case SYS_accept:
    case SYS_accept4:
    case SYS_getdents64: return Direction::in;
    case SYS_write:
    case SYS_writev:
    case SYS_pwrite64:
    case SYS_pwritev:
    case SYS_pwritev2:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_sendmmsg:
    case SYS_vmsplice: return Direction::out;
    default: return {};
  }
}

Finding not_open(const ThreadState& thread, int fd, Scene& scene) {
  Finding finding;
  finding.rule = "descriptor";
  const auto files = scene.world().files(thread.id.pid);
  const bool denied = !files && files.error().cause == Cause::not_permitted;
  finding.resource = fmt::format("fd {}: {}", fd,
                                 denied ? "another user's process: run as root to see what is open "
                                          "there"
                                        : "not open (any more)");
  finding.certainty = denied ? Certainty::not_permitted : Certainty::unknown;
  return finding;
}

DescriptorRule* rule_of(resolve::FileClass file_class) {
  using resolve::FileClass;
  switch (file_class) {
    case FileClass::pipe:
    case FileClass::fifo: return wait_on_pipe;
    case FileClass::unix_socket: return wait_on_unix;
    case FileClass::tcp: return wait_on_tcp;
    case FileClass::eventpoll: return wait_on_epoll;
    case FileClass::mqueue: return wait_on_queue;
    case FileClass::terminal:
    case FileClass::pty_master:
    case FileClass::pty_slave: return wait_on_terminal;
    case FileClass::eventfd:
    case FileClass::timerfd:
    case FileClass::signalfd:
    case FileClass::inotify:
    case FileClass::fanotify:
    case FileClass::pidfd:
    case FileClass::io_uring:
    case FileClass::perf_event:
    case FileClass::userfaultfd:
    case FileClass::dma_buffer:
    case FileClass::bpf_map:
    case FileClass::anonymous: return wait_on_event;
    default: return resolve::is_socket(file_class) ? wait_on_datagram : wait_on_file;
  }
}

}  // namespace

Finding wait_on(const ThreadState& thread, int fd, Direction direction, Scene& scene) {
  const resolve::OpenFile* file = scene.world().file(thread.id.pid, fd);
  if (file == nullptr) return not_open(thread, fd, scene);
  Finding finding = rule_of(file->file_class)(thread, *file, direction, scene);
  finding.fd = fd;
  return finding;
}

std::optional<Finding> descriptor_io(const ThreadState& thread, Scene& scene) {
  if (thread.is_in(SYS_splice) || thread.is_in(SYS_sendfile) || thread.is_in(SYS_tee)) {
    const bool sendfile = thread.is_in(SYS_sendfile);
    const unsigned out_index = sendfile ? 0 : thread.is_in(SYS_splice) ? 2 : 1;
    const int out = static_cast<int>(thread.argument(out_index));
    const int in = static_cast<int>(thread.argument(sendfile ? 1 : 0));
    // The kernel sleeps for the side that cannot go on; its function's name tells which.
    const std::string channel = scene.wait_channel(thread.id);
    const bool reads = channel.find("read") != channel.npos ||
                       channel.find("ipe_prep") != channel.npos ||
                       channel.find("wait_data") != channel.npos;
    return reads ? wait_on(thread, in, Direction::in, scene)
                 : wait_on(thread, out, Direction::out, scene);
  }
  const auto direction = direction_of(thread.call());
  if (!direction) return {};
  return wait_on(thread, static_cast<int>(thread.argument(0)), *direction, scene);
}

}  // namespace syscope::diagnose
