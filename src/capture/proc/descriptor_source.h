// Descriptor tables from elsewhere than /proc: all of the machine in one pass.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "capture/proc/sock_diag.h"

namespace syscope::capture::proc {

// What fdinfo and statx(2) say of a file, as far as the source knows it without asking them.
struct FoundState {
  std::uint32_t flags = 0;  // O_* of the open file, and O_CLOEXEC of the descriptor
  std::uint64_t position = 0;
  int mount = -1;
  bool maybe_locked = false;  // only fdinfo knows by whom
  bool has_status = false;    // the rest is that of statx(2)
  dev_t device = 0;
  dev_t special_device = 0;
  std::uint32_t mode = 0;
  std::uint32_t links = 0;
  std::uint64_t size = 0;
};

// One open descriptor; everything lives only as long as the call that hands it over.
struct FoundDescriptor {
  pid_t pid = 0;
  int number = 0;
  std::string_view target;  // what readlink(2) of PID/fd/NUMBER would say; empty for sockets
  int error = 0;            // the errno that readlink(2) would give instead
  int access_mode = -1;     // as read_access_mode()
  bool is_socket = false;   // an open socket, not its name in a file system
  std::uint64_t inode = 0;
  const FoundState* state = nullptr;  // null for sockets
  std::uint16_t family = 0;           // of a socket
  SocketInfo* socket = nullptr;  // a TCP or UDP socket that sock_diag lists too; may be moved from
};

// One mapped file, perhaps not the first time, and whose; it lives only as long as the call.
struct FoundMapping {
  pid_t pid = 0;
  std::string_view command;           // as ProcessInfo::comm
  uid_t user = 0;                     // effective
  std::uint64_t mount_namespace = 0;  // as read_namespace()
  std::uint64_t control_groups = 0;   // equal: in the same control groups
  std::string_view path;              // as maps has it, " (deleted)" and all, but not escaped
  dev_t device = 0;
  std::uint64_t inode = 0;
  bool layered = false;  // /proc would name another file, of a layer above
};

class DescriptorSource {
 public:
  class Sink {
   public:
    virtual void accept(FoundDescriptor& found) = 0;

   protected:
    ~Sink() = default;
  };
  class MappingSink {
   public:
    virtual void accept(const FoundMapping& found) = 0;

   protected:
    ~MappingSink() = default;
  };

  virtual ~DescriptorSource() = default;
  // From how many descriptors on it is faster than /proc, whose price is per descriptor.
  [[nodiscard]] virtual std::size_t worthwhile_from() const = 0;
  // Every descriptor of every process, kernel threads left out; each process in one run, ascending.
  // not_permitted or unsupported before the first descriptor: /proc has to do.
  [[nodiscard]] virtual Result<void> list(Sink& sink) = 0;

  // The same of mapped files: from how many processes on, and all of them, each process in one run.
  [[nodiscard]] virtual std::size_t mappings_worthwhile_from() const = 0;
  [[nodiscard]] virtual Result<void> list_mappings(MappingSink& sink) = 0;
};

}  // namespace syscope::capture::proc
