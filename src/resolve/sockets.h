// The sockets of the network namespaces that have been asked about, each dumped once.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "capture/proc/root.h"
#include "capture/proc/sock_diag.h"

namespace syscope::resolve {

using capture::proc::SocketInfo;

// All sockets of one network namespace.
struct SocketTable {
  std::uint64_t name_space = 0;     // inode of the namespace
  pid_t process = 0;                // one that lives there
  std::vector<SocketInfo> sockets;  // never grows after it is made: pointers into it stay
  bool from_files = false;          // read from /proc/PID/net: no unix peers
};

class Sockets {
 public:
  // Loads the namespace of `pid` unless it is there already. `name_space` 0 (unknown) is keyed by
  // the process, and read from its /proc/PID/net.
  const SocketTable& load(const capture::proc::Root& root, pid_t pid, std::uint64_t name_space,
                          std::uint64_t own_name_space);

  // Among the namespaces loaded; null when none has it.
  [[nodiscard]] const SocketInfo* find(std::uint64_t inode) const;
  // The other end of a connected TCP or UDP socket: the one with its addresses exchanged, first in
  // `preferred`, then, unless the address is a loopback one, in the others. Null when not on this
  // machine.
  [[nodiscard]] const SocketInfo* other_end(const SocketInfo& socket,
                                            const SocketTable* preferred) const;
  // The listener that a connection to this address goes to. Null when none.
  [[nodiscard]] const SocketInfo* listener(const SocketInfo& client,
                                           const SocketTable* preferred) const;
  // Unix sockets connected to the one with this inode: the clients of a datagram server.
  [[nodiscard]] std::vector<const SocketInfo*> unix_clients(std::uint64_t inode) const;
  // The unix listener that has this client's connection waiting. Null when none.
  [[nodiscard]] const SocketInfo* unix_listener(std::uint64_t client_inode) const;
  [[nodiscard]] const SocketTable* table_of(const SocketInfo& socket) const;

 private:
  void index(const SocketTable& table);

  std::map<std::uint64_t, std::unique_ptr<SocketTable>> tables_;
  std::unordered_map<std::uint64_t, const SocketInfo*> by_inode_;
  std::unordered_multimap<std::uint64_t, const SocketInfo*> by_ends_;
  std::unordered_multimap<std::uint64_t, const SocketInfo*> unix_by_peer_;
  std::unordered_map<std::uint64_t, const SocketInfo*> unix_by_pending_;
};

}  // namespace syscope::resolve
