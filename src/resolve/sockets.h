// The sockets of the network namespaces that have been asked about, each dumped once.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "capture/proc/root.h"
#include "capture/proc/sock_diag.h"
#include "resolve/ends_index.h"

namespace syscope::resolve {

using capture::proc::SocketInfo;

// Internet sockets are many and take long; the other families do not.
enum class Families : std::uint8_t { internet, others, all };

// The sockets of one network namespace, as far as they have been asked for.
struct SocketTable {
  std::uint64_t name_space = 0;    // what its sockets have as their name_space
  std::deque<SocketInfo> sockets;  // pointers into it stay
  bool has_internet = false;
  bool has_others = false;
};

class Sockets {
 public:
  // Loads the namespace of `pid` unless it is there already. Instead of `name_space` 0 (unknown) a
  // number made of the process stands; then /proc/PID/net is read, which lacks unix peers.
  const SocketTable& load(const capture::proc::Root& root, pid_t pid, std::uint64_t name_space,
                          std::uint64_t own_name_space, Families families = Families::all);
  // One that was found elsewhere, with its name_space. Only the questions about ends consider it,
  // find() does not.
  const SocketInfo& add(SocketInfo socket);
  // Says how many of them may come: saves time.
  void expect(std::size_t count) { by_ends_.reserve(count); }

  // Among the namespaces loaded; null when none has it.
  [[nodiscard]] const SocketInfo* find(std::uint64_t inode) const;
  // The other end of a connected TCP or UDP socket: the one with its addresses exchanged, first in
  // the namespace `home`, then, unless the address is a loopback one, in the others. Null when not
  // on this machine.
  [[nodiscard]] const SocketInfo* other_end(const SocketInfo& socket, std::uint64_t home) const;
  // The listener that a connection to this address goes to. Null when none.
  [[nodiscard]] const SocketInfo* listener(const SocketInfo& client, std::uint64_t home) const;
  // Unix sockets connected to the one with this inode: the clients of a datagram server.
  [[nodiscard]] std::vector<const SocketInfo*> unix_clients(std::uint64_t inode) const;
  // The unix listener that has this client's connection waiting. Null when none.
  [[nodiscard]] const SocketInfo* unix_listener(std::uint64_t client_inode) const;

 private:
  void take(std::vector<SocketInfo> sockets, SocketTable& table);
  void index_ends(const SocketInfo& socket);
  void index(const SocketInfo& socket);

  std::map<std::uint64_t, std::unique_ptr<SocketTable>> tables_;
  std::deque<SocketInfo> added_;
  std::unordered_map<std::uint64_t, const SocketInfo*> by_inode_;
  EndsIndex by_ends_;
  std::unordered_multimap<std::uint64_t, const SocketInfo*> unix_by_peer_;
  std::unordered_map<std::uint64_t, const SocketInfo*> unix_by_pending_;
};

}  // namespace syscope::resolve
