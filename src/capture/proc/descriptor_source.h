// Descriptor tables from elsewhere than /proc: all of the machine in one pass.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "capture/proc/sock_diag.h"

namespace syscope::capture::proc {

// One open descriptor; everything lives only as long as the call that hands it over.
struct FoundDescriptor {
  pid_t pid = 0;
  int number = 0;
  std::string_view target;  // what readlink(2) of PID/fd/NUMBER would say; empty for sockets
  int error = 0;            // the errno that readlink(2) would give instead
  int access_mode = -1;     // as read_access_mode()
  bool is_socket = false;  // an open socket, not its name in a file system
  std::uint64_t inode = 0;
  std::uint16_t family = 0;      // of a socket
  SocketInfo* socket = nullptr;  // a TCP or UDP socket that sock_diag lists too; may be moved from
};

class DescriptorSource {
 public:
  class Sink {
   public:
    virtual void accept(FoundDescriptor& found) = 0;

   protected:
    ~Sink() = default;
  };

  virtual ~DescriptorSource() = default;
  // From how many descriptors on it is faster than /proc, whose price is per descriptor.
  [[nodiscard]] virtual std::size_t worthwhile_from() const = 0;
  // Every descriptor of every process, kernel threads left out; each process in one run, ascending.
  // not_permitted or unsupported before the first descriptor: /proc has to do.
  [[nodiscard]] virtual Result<void> list(Sink& sink) = 0;
};

}  // namespace syscope::capture::proc
