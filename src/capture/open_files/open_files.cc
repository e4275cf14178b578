#include "capture/open_files/open_files.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/bytes.h"
#include "capture/open_files/layout.h"
#include "capture/open_files/loader.h"
#include "capture/proc/process.h"

namespace syscope::capture::open_files {
namespace {

constexpr std::size_t read_size = 65536;

int access_mode_of(unsigned file_mode) {
  switch (file_mode & 3) {
    case 1: return O_RDONLY;
    case 2: return O_WRONLY;
    case 3: return O_RDWR;
    default: return -1;
  }
}

proc::SocketAddress address_of(const unsigned (&words)[4], std::uint16_t port) {
  proc::SocketAddress address;
  std::memcpy(address.bytes.data(), words, sizeof words);
  address.port = port;
  return address;
}

proc::SocketInfo socket_of(const sco_row& row) {
  proc::SocketInfo socket;
  socket.inode = row.inode;
  socket.family = row.family;
  socket.type = row.type;
  socket.protocol = row.protocol;
  socket.state = static_cast<std::uint8_t>(row.state);
  socket.user = row.user;
  socket.name_space = row.name_space;
  socket.interface = row.interface;
  socket.receive_queue = row.receive_queue;
  socket.send_queue = row.send_queue;
  const std::size_t used = row.family == AF_INET ? 4 : 16;
  socket.local = address_of(row.local, row.local_port);
  socket.remote = address_of(row.remote, ntohs(row.remote_port));
  // The rest of an IPv4 row is left over from another one.
  std::memset(socket.local.bytes.data() + used, 0, socket.local.bytes.size() - used);
  std::memset(socket.remote.bytes.data() + used, 0, socket.remote.bytes.size() - used);
  return socket;
}

void hand_over(const sco_row& row, Bytes text, proc::DescriptorSource::Sink& sink) {
  proc::FoundDescriptor found;
  found.pid = row.pid;
  found.number = row.number;
  found.access_mode = access_mode_of(row.file_mode);
  found.is_socket = (row.flags & SCO_SOCKET) != 0;
  found.inode = row.inode;
  if (found.is_socket) found.family = row.family;
  found.error = row.text < 0 ? -row.text : 0;
  if (row.text > 0) found.target = as_chars(text.first(static_cast<std::size_t>(row.text) - 1));
  if ((row.flags & SCO_INET) == 0) return sink.accept(found);
  proc::SocketInfo socket = socket_of(row);
  found.socket = &socket;
  sink.accept(found);
}

// False when the bytes are no rows: then this program and the kernel's half do not fit together.
bool hand_over_all(Bytes bytes, proc::DescriptorSource::Sink& sink) {
  while (!bytes.empty()) {
    if (bytes.size() < sizeof(sco_row)) return false;
    const auto row = load<sco_row>(bytes.data());
    const std::size_t text = row.text > 0 ? static_cast<std::size_t>(row.text) : 0;
    if (row.size > bytes.size() || row.size != sizeof row + text) return false;
    hand_over(row, bytes.subspan(sizeof row, text), sink);
    bytes = bytes.subspan(row.size);
  }
  return true;
}

}  // namespace

std::unique_ptr<OpenFiles> OpenFiles::make(const proc::Root& root,
                                           std::size_t worthwhile_from) {
  if (!root.is_kernel() || ::geteuid() != 0 || !proc::in_first_pid_namespace(root)) return nullptr;
  return std::unique_ptr<OpenFiles>(new OpenFiles(worthwhile_from));
}

Result<void> OpenFiles::list(Sink& sink) {
  if (!link_) {
    const int link = sco_load();
    if (link < 0) return fail_errno(-link, "cannot load the list of open files");
    link_ = Fd(link);
  }
  const int started = sco_start(link_.get());
  if (started < 0) return fail_errno(-started, "cannot list the open files");
  const Fd iterator(started);
  std::vector<std::byte> buffer(read_size);
  for (;;) {
    const ssize_t count = ::read(iterator.get(), buffer.data(), buffer.size());
    // EAGAIN: a million tasks and files without a row.
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return fail_errno(errno, "cannot list the open files");
    if (count == 0) return {};
    if (!hand_over_all(Bytes(buffer.data(), static_cast<std::size_t>(count)), sink))
      return fail(Cause::failed, "cannot read the list of open files");
  }
}

}  // namespace syscope::capture::open_files
