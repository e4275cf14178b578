#include "resolve/sockets.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>
#include <utility>

#include "capture/proc/net_files.h"

namespace syscope::resolve {
namespace {

using capture::proc::NetFile;
using capture::proc::Root;
using capture::proc::SockDiag;
using capture::proc::SocketAddress;

constexpr unsigned tcp_listen = 10;

// Addresses compare as IPv6: a dual-stack socket talks to an IPv4 one as ::ffff:a.b.c.d.
SocketAddress as_ipv6(const SocketInfo& socket, const SocketAddress& address) {
  if (socket.family != AF_INET) return address;
  SocketAddress mapped;
  mapped.port = address.port;
  mapped.bytes[10] = mapped.bytes[11] = 0xff;
  std::memcpy(mapped.bytes.data() + 12, address.bytes.data(), 4);
  return mapped;
}

bool is_loopback(const SocketAddress& address) {
  static constexpr std::uint8_t ipv4_prefix[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
  static constexpr std::uint8_t ipv6[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return std::equal(std::begin(ipv4_prefix), std::end(ipv4_prefix), address.bytes.begin()) ||
         std::equal(std::begin(ipv6), std::end(ipv6), address.bytes.begin());
}

bool is_any(const SocketInfo& socket, const SocketAddress& address) {
  const std::size_t size = socket.family == AF_INET ? 4 : 16;
  return std::all_of(address.bytes.begin(), address.bytes.begin() + size,
                     [](std::uint8_t byte) { return byte == 0; });
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ (hash >> 29);
}

std::uint64_t hash_ends(unsigned protocol, const SocketAddress& local,
                        const SocketAddress& remote) {
  std::uint64_t hash = mix(protocol, local.port | static_cast<std::uint64_t>(remote.port) << 16);
  for (const SocketAddress* address : {&local, &remote}) {
    std::uint64_t half[2];
    std::memcpy(half, address->bytes.data(), sizeof half);
    hash = mix(mix(hash, half[0]), half[1]);
  }
  return hash;
}

void append(std::vector<SocketInfo>& all, std::vector<SocketInfo> more) {
  if (all.empty()) {
    all = std::move(more);
    return;
  }
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void read_files(const Root& root, pid_t pid, std::initializer_list<NetFile> files,
                std::vector<SocketInfo>& sockets) {
  for (const NetFile file : files) append(sockets, capture::proc::read_net_file(root, pid, file));
}

// Where the kernel lacks the module for a family, the text file of that family has to do.
void dump_all(SockDiag& diag, const Root& root, pid_t pid, std::vector<SocketInfo>& sockets) {
  const auto take = [&](Result<std::vector<SocketInfo>> dumped,
                        std::initializer_list<NetFile> instead) {
    if (dumped)
      append(sockets, std::move(*dumped));
    else
      read_files(root, pid, instead, sockets);
  };
  take(diag.dump_inet(AF_INET, IPPROTO_TCP), {NetFile::tcp});
  take(diag.dump_inet(AF_INET6, IPPROTO_TCP), {NetFile::tcp6});
  take(diag.dump_inet(AF_INET, IPPROTO_UDP), {NetFile::udp});
  take(diag.dump_inet(AF_INET6, IPPROTO_UDP), {NetFile::udp6});
  take(diag.dump_unix(), {NetFile::unix_sockets});
  take(diag.dump_netlink(), {NetFile::netlink});
  take(diag.dump_packet(), {NetFile::packet});
  take(diag.dump_vsock(), {});
  // The raw module of sock_diag mixes protocols; the files are short and complete.
  read_files(root, pid,
             {NetFile::raw, NetFile::raw6, NetFile::icmp, NetFile::icmp6, NetFile::udplite,
              NetFile::udplite6},
             sockets);
}

Result<SockDiag> open_diag(const Root& root, pid_t pid, bool own) {
  if (!root.is_kernel()) return fail(Cause::unsupported, "not the kernel's files");
  return own ? SockDiag::open() : SockDiag::open_in(root, pid);
}

}  // namespace

const SocketTable& Sockets::load(const Root& root, pid_t pid, std::uint64_t name_space,
                                 std::uint64_t own_name_space) {
  // Unknown namespaces are kept apart from real ones by a bit that no inode number has.
  constexpr std::uint64_t by_process = std::uint64_t{1} << 63;
  const std::uint64_t key =
      name_space != 0 ? name_space : by_process | static_cast<std::uint64_t>(pid);
  auto& table = tables_[key];
  if (table) return *table;
  table = std::make_unique<SocketTable>();
  table->name_space = name_space;
  table->process = pid;
  auto diag = open_diag(root, pid, name_space == own_name_space && name_space != 0);
  if (diag) {
    dump_all(*diag, root, pid, table->sockets);
  } else {
    table->from_files = true;
    read_files(root, pid,
               {NetFile::tcp, NetFile::tcp6, NetFile::udp, NetFile::udp6, NetFile::unix_sockets,
                NetFile::netlink, NetFile::packet, NetFile::raw, NetFile::raw6, NetFile::icmp,
                NetFile::icmp6, NetFile::udplite, NetFile::udplite6},
               table->sockets);
  }
  index(*table);
  return *table;
}

void Sockets::index(const SocketTable& table) {
  by_inode_.reserve(by_inode_.size() + table.sockets.size());
  by_ends_.reserve(by_ends_.size() + table.sockets.size());
  for (const SocketInfo& socket : table.sockets) {
    if (socket.inode != 0) by_inode_.try_emplace(socket.inode, &socket);
    if (socket.family == AF_UNIX) {
      if (socket.peer_inode != 0) unix_by_peer_.emplace(socket.peer_inode, &socket);
      for (const std::uint32_t client : socket.pending) unix_by_pending_.emplace(client, &socket);
    } else if (socket.local.port != 0 && (socket.family == AF_INET || socket.family == AF_INET6)) {
      const bool listens = socket.state == tcp_listen;
      if (listens || socket.remote.port != 0)
        by_ends_.emplace(listens ? socket.local.port
                                 : hash_ends(socket.protocol, as_ipv6(socket, socket.local),
                                             as_ipv6(socket, socket.remote)),
                         &socket);
    }
  }
}

const SocketInfo* Sockets::find(std::uint64_t inode) const {
  const auto entry = by_inode_.find(inode);
  return entry == by_inode_.end() ? nullptr : entry->second;
}

const SocketTable* Sockets::table_of(const SocketInfo& socket) const {
  for (const auto& [key, table] : tables_)
    if (!table->sockets.empty() && &socket >= table->sockets.data() &&
        &socket < table->sockets.data() + table->sockets.size())
      return table.get();
  return nullptr;
}

const SocketInfo* Sockets::other_end(const SocketInfo& socket, const SocketTable* preferred) const {
  const SocketAddress local = as_ipv6(socket, socket.local);
  const SocketAddress remote = as_ipv6(socket, socket.remote);
  const bool stays_home = is_loopback(local) || is_loopback(remote);
  const SocketInfo* found = nullptr;
  const auto [begin, end] = by_ends_.equal_range(hash_ends(socket.protocol, remote, local));
  for (auto entry = begin; entry != end; ++entry) {
    const SocketInfo& other = *entry->second;
    if (other.protocol != socket.protocol || as_ipv6(other, other.local) != remote ||
        as_ipv6(other, other.remote) != local)
      continue;
    const bool at_home = table_of(other) == preferred;
    if (at_home) return &other;
    if (!stays_home) found = &other;
  }
  return found;
}

const SocketInfo* Sockets::listener(const SocketInfo& client, const SocketTable* preferred) const {
  const SocketAddress remote = as_ipv6(client, client.remote);
  const SocketInfo* found = nullptr;
  const auto [begin, end] = by_ends_.equal_range(client.remote.port);
  for (auto entry = begin; entry != end; ++entry) {
    const SocketInfo& other = *entry->second;
    if (other.state != tcp_listen || other.protocol != client.protocol ||
        other.local.port != remote.port)
      continue;
    const bool exact = as_ipv6(other, other.local) == remote;
    // Elsewhere only an exact address proves anything: every namespace may listen on *:80.
    if (table_of(other) != preferred) {
      if (exact && !is_loopback(remote) && found == nullptr) found = &other;
      continue;
    }
    if (exact) return &other;
    if (is_any(other, other.local) && is_loopback(remote)) found = &other;
    if (is_any(other, other.local) && found == nullptr && other_end(client, preferred) != nullptr)
      found = &other;
  }
  return found;
}

std::vector<const SocketInfo*> Sockets::unix_clients(std::uint64_t inode) const {
  std::vector<const SocketInfo*> clients;
  const auto [begin, end] = unix_by_peer_.equal_range(inode);
  for (auto entry = begin; entry != end; ++entry) clients.push_back(entry->second);
  return clients;
}

const SocketInfo* Sockets::unix_listener(std::uint64_t client_inode) const {
  const auto entry = unix_by_pending_.find(client_inode);
  return entry == unix_by_pending_.end() ? nullptr : entry->second;
}

}  // namespace syscope::resolve
