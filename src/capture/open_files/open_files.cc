#include "capture/open_files/open_files.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/bytes.h"
#include "capture/open_files/layout.h"
#include "capture/open_files/loader.h"
#include "capture/proc/mounts.h"
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
  const sco_socket& told = row.socket;
  proc::SocketInfo socket;
  socket.inode = row.inode;
  socket.family = row.family;
  socket.type = told.type;
  socket.protocol = row.protocol;
  socket.state = static_cast<std::uint8_t>(told.state);
  socket.user = told.user;
  socket.name_space = told.name_space;
  socket.interface = told.interface;
  socket.receive_queue = told.receive_queue;
  socket.send_queue = told.send_queue;
  const std::size_t used = row.family == AF_INET ? 4 : 16;
  socket.local = address_of(told.local, told.local_port);
  socket.remote = address_of(told.remote, ntohs(told.remote_port));
  // The rest of an IPv4 row is left over from another one.
  std::memset(socket.local.bytes.data() + used, 0, socket.local.bytes.size() - used);
  std::memset(socket.remote.bytes.data() + used, 0, socket.remote.bytes.size() - used);
  return socket;
}

dev_t device_of(unsigned kernel_device) {
  return ::makedev(kernel_device >> 20, kernel_device & 0xfffff);
}

proc::FoundState state_of(const sco_row& row) {
  proc::FoundState state;
  state.flags = row.state.open_flags;
  state.position = row.state.position;
  state.mount = row.state.mount;
  state.maybe_locked = (row.flags & SCO_LOCKABLE) != 0;
  state.has_status = (row.flags & SCO_STATUS) != 0;
  if (!state.has_status) return state;
  state.device = device_of(row.state.device);
  state.special_device = device_of(row.state.special_device);
  state.mode = row.state.mode;
  state.links = row.state.links;
  state.size = row.state.bytes;
  return state;
}

void hand_over(const sco_row& row, Bytes text, proc::DescriptorSource::Sink& sink) {
  proc::FoundDescriptor found;
  found.pid = row.pid;
  found.number = row.number;
  found.access_mode = access_mode_of(row.file_mode);
  found.is_socket = (row.flags & SCO_SOCKET) != 0;
  found.inode = row.inode;
  found.error = row.text < 0 ? -row.text : 0;
  if (row.text > 0) found.target = as_chars(text.first(static_cast<std::size_t>(row.text) - 1));
  if (!found.is_socket) {
    const proc::FoundState state = state_of(row);
    found.state = &state;
    return sink.accept(found);
  }
  found.family = row.family;
  if ((row.flags & SCO_INET) == 0) return sink.accept(found);
  proc::SocketInfo socket = socket_of(row);
  found.socket = &socket;
  sink.accept(found);
}

void hand_over(const sco_mapping& row, Bytes text, proc::DescriptorSource::MappingSink& sink) {
  proc::FoundMapping found;
  found.pid = row.pid;
  found.command = {row.command, ::strnlen(row.command, sizeof row.command)};
  found.user = row.user;
  found.mount_namespace = row.mount_namespace;
  found.control_groups = row.control_groups;
  found.path = as_chars(text.first(text.empty() ? 0 : text.size() - 1));
  found.device = device_of(row.device);
  found.inode = row.inode;
  // Nor does one say what it is called that has no text.
  found.layered = text.empty() || ((row.flags & SCO_PRIVATE) != 0 && !proc::is_nameless(found.path));
  sink.accept(found);
}

// False when the bytes are no rows: then this program and the kernel's half do not fit together.
template <class Row, class Sink>
bool hand_over_all(Bytes bytes, Sink& sink) {
  while (!bytes.empty()) {
    if (bytes.size() < sizeof(Row)) return false;
    const auto row = load<Row>(bytes.data());
    const std::size_t text = row.text > 0 ? static_cast<std::size_t>(row.text) : 0;
    if (row.size > bytes.size() || row.size != sizeof row + text) return false;
    hand_over(row, bytes.subspan(sizeof row, text), sink);
    bytes = bytes.subspan(row.size);
  }
  return true;
}

// Loads a kernel program if it is not yet.
Result<void> see_to(Fd& link, int (*load)()) {
  if (link) return {};
  const int loaded = load();
  if (loaded < 0) return fail_errno(-loaded, "cannot load the list of open files");
  link = Fd(loaded);
  return {};
}

// One pass of a kernel program.
template <class Row, class Sink>
Result<void> pass(Fd& link, int (*load)(), Sink& sink) {
  if (auto loaded = see_to(link, load); !loaded) return loaded;
  const int started = sco_start(link.get());
  if (started < 0) return fail_errno(-started, "cannot list the open files");
  const Fd iterator(started);
  std::vector<std::byte> buffer(read_size);
  for (;;) {
    const ssize_t count = ::read(iterator.get(), buffer.data(), buffer.size());
    // EAGAIN: a million tasks and files without a row.
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return fail_errno(errno, "cannot list the open files");
    if (count == 0) return {};
    if (!hand_over_all<Row>(Bytes(buffer.data(), static_cast<std::size_t>(count)), sink))
      return fail(Cause::failed, "cannot read the list of open files");
  }
}

}  // namespace

std::unique_ptr<OpenFiles> OpenFiles::make(const proc::Root& root, bool always) {
  if (!root.is_kernel() || ::geteuid() != 0 || !proc::in_first_pid_namespace(root)) return nullptr;
  return std::unique_ptr<OpenFiles>(new OpenFiles(always));
}

Result<void> OpenFiles::load() {
  auto loaded = see_to(files_, sco_load_open_files);
  return loaded ? see_to(mappings_, sco_load_mapped_files) : loaded;
}

Result<void> OpenFiles::list(Sink& sink) {
  return pass<sco_row>(files_, sco_load_open_files, sink);
}

Result<void> OpenFiles::list_mappings(MappingSink& sink) {
  return pass<sco_mapping>(mappings_, sco_load_mapped_files, sink);
}

}  // namespace syscope::capture::open_files
