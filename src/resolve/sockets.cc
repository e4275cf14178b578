#include "resolve/sockets.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <functional>
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
using capture::proc::SocketCounts;
using capture::proc::TcpStates;

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

using Reader = std::function<void(std::vector<SocketInfo>)>;

void read_files(const Root& root, pid_t pid, std::initializer_list<NetFile> files,
                const Reader& take) {
  for (const NetFile file : files) take(capture::proc::read_net_file(root, pid, file));
}

// Where the kernel lacks the module for a family, the text files of that family have to do.
void dump(Result<std::vector<SocketInfo>> dumped, const Root& root, pid_t pid,
          std::initializer_list<NetFile> instead, const Reader& take) {
  if (dumped)
    take(std::move(*dumped));
  else
    read_files(root, pid, instead, take);
}

// The tables of the kernel are walked as far as its own counts say that there is anything in them:
// where nobody is connected, which is so in most containers, that spares milliseconds.
Result<std::vector<SocketInfo>> dump_tcp(SockDiag& diag, const std::optional<SocketCounts>& counts) {
  if (!counts) return diag.dump_tcp(TcpStates::all);
  auto sockets = diag.dump_tcp(TcpStates::listening);
  const auto add = [&](TcpStates states) {
    if (!sockets) return;
    auto more = diag.dump_tcp(states);
    if (more)
      std::move(more->begin(), more->end(), std::back_inserter(*sockets));
    else
      sockets = std::move(more);
  };
  if (sockets && sockets->size() != counts->tcp) add(TcpStates::connected);
  if (counts->tcp_allocated != counts->tcp) add(TcpStates::bound);
  return sockets;
}

void dump_internet(SockDiag& diag, const Root& root, pid_t pid, const Reader& take) {
  const auto counts = capture::proc::read_socket_counts(root, pid);
  const auto may_have = [&](std::optional<std::size_t> SocketCounts::*kind) {
    return !counts || (*counts.*kind).value_or(1) != 0;
  };
  dump(dump_tcp(diag, counts), root, pid, {NetFile::tcp, NetFile::tcp6}, take);
  if (may_have(&SocketCounts::udp))
    dump(diag.dump_inet(AF_INET, IPPROTO_UDP), root, pid, {NetFile::udp}, take);
  if (may_have(&SocketCounts::udp6))
    dump(diag.dump_inet(AF_INET6, IPPROTO_UDP), root, pid, {NetFile::udp6}, take);
  // The raw module of sock_diag mixes protocols; the files are short and complete.
  read_files(root, pid, {NetFile::icmp, NetFile::icmp6}, take);  // these two are not counted
  if (may_have(&SocketCounts::raw)) read_files(root, pid, {NetFile::raw}, take);
  if (may_have(&SocketCounts::raw6)) read_files(root, pid, {NetFile::raw6}, take);
  if (may_have(&SocketCounts::udplite)) read_files(root, pid, {NetFile::udplite}, take);
  if (may_have(&SocketCounts::udplite6)) read_files(root, pid, {NetFile::udplite6}, take);
}

void dump_others(SockDiag& diag, const Root& root, pid_t pid, const Reader& take) {
  dump(diag.dump_unix(), root, pid, {NetFile::unix_sockets}, take);
  dump(diag.dump_netlink(), root, pid, {NetFile::netlink}, take);
  dump(diag.dump_packet(), root, pid, {NetFile::packet}, take);
  dump(diag.dump_vsock(), root, pid, {}, take);
}

Result<SockDiag> open_diag(const Root& root, pid_t pid, bool own) {
  if (!root.is_kernel()) return fail(Cause::unsupported, "not the kernel's files");
  return own ? SockDiag::open() : SockDiag::open_in(root, pid);
}

}  // namespace

const SocketTable& Sockets::load(const Root& root, pid_t pid, std::uint64_t name_space,
                                 std::uint64_t own_name_space, Families families) {
  // Unknown namespaces are kept apart from real ones by a bit that no inode number has.
  constexpr std::uint64_t by_process = std::uint64_t{1} << 63;
  const std::uint64_t key =
      name_space != 0 ? name_space : by_process | static_cast<std::uint64_t>(pid);
  auto& entry = tables_[key];
  if (!entry) entry = std::make_unique<SocketTable>();
  SocketTable& table = *entry;
  table.name_space = key;
  const bool internet = families != Families::others && !table.has_internet;
  const bool others = families != Families::internet && !table.has_others;
  if (!internet && !others) return table;
  table.has_internet |= internet;
  table.has_others |= others;
  const Reader reader = [&](std::vector<SocketInfo> sockets) { take(std::move(sockets), table); };
  auto diag = open_diag(root, pid, name_space == own_name_space && name_space != 0);
  if (diag) {
    if (internet) dump_internet(*diag, root, pid, reader);
    if (others) dump_others(*diag, root, pid, reader);
    return table;
  }
  if (internet)
    read_files(root, pid,
               {NetFile::tcp, NetFile::tcp6, NetFile::udp, NetFile::udp6, NetFile::raw,
                NetFile::raw6, NetFile::icmp, NetFile::icmp6, NetFile::udplite, NetFile::udplite6},
               reader);
  if (others)
    read_files(root, pid, {NetFile::unix_sockets, NetFile::netlink, NetFile::packet}, reader);
  return table;
}

void Sockets::take(std::vector<SocketInfo> sockets, SocketTable& table) {
  by_inode_.reserve(by_inode_.size() + sockets.size());
  by_ends_.reserve(sockets.size());
  for (SocketInfo& socket : sockets) {
    socket.name_space = table.name_space;
    index(table.sockets.emplace_back(std::move(socket)));
  }
}

const SocketInfo& Sockets::add(SocketInfo socket) {
  const SocketInfo& kept = added_.emplace_back(std::move(socket));
  index_ends(kept);
  return kept;
}

void Sockets::index_ends(const SocketInfo& socket) {
  const bool listens = socket.state == tcp_listen;
  if (socket.local.port == 0 || (!listens && socket.remote.port == 0)) return;
  by_ends_.add(listens ? socket.local.port
                       : hash_ends(socket.protocol, as_ipv6(socket, socket.local),
                                   as_ipv6(socket, socket.remote)),
               socket);
}

void Sockets::index(const SocketInfo& socket) {
  if (socket.inode != 0) by_inode_.try_emplace(socket.inode, &socket);
  if (socket.family == AF_UNIX) {
    if (socket.peer_inode != 0) unix_by_peer_.emplace(socket.peer_inode, &socket);
    for (const std::uint32_t client : socket.pending) unix_by_pending_.emplace(client, &socket);
  } else if (socket.family == AF_INET || socket.family == AF_INET6) {
    index_ends(socket);
  }
}

const SocketInfo* Sockets::find(std::uint64_t inode) const {
  const auto entry = by_inode_.find(inode);
  return entry == by_inode_.end() ? nullptr : entry->second;
}

const SocketInfo* Sockets::other_end(const SocketInfo& socket, std::uint64_t home) const {
  const SocketAddress local = as_ipv6(socket, socket.local);
  const SocketAddress remote = as_ipv6(socket, socket.remote);
  const bool stays_home = is_loopback(local) || is_loopback(remote);
  const SocketInfo* found = nullptr;
  by_ends_.find(hash_ends(socket.protocol, remote, local), [&](const SocketInfo& other) {
    if (other.protocol != socket.protocol || as_ipv6(other, other.local) != remote ||
        as_ipv6(other, other.remote) != local)
      return false;
    const bool at_home = other.name_space == home;
    if (at_home || !stays_home) found = &other;
    return at_home;
  });
  return found;
}

const SocketInfo* Sockets::listener(const SocketInfo& client, std::uint64_t home) const {
  const SocketAddress remote = as_ipv6(client, client.remote);
  const SocketInfo* found = nullptr;
  by_ends_.find(client.remote.port, [&](const SocketInfo& other) {
    if (other.state != tcp_listen || other.protocol != client.protocol ||
        other.local.port != remote.port)
      return false;
    const bool exact = as_ipv6(other, other.local) == remote;
    const bool at_home = other.name_space == home;
    const bool any = is_any(other, other.local);
    // Elsewhere only an exact address proves anything: every namespace may listen on *:80.
    if (!at_home) {
      if (exact && !is_loopback(remote) && found == nullptr) found = &other;
    } else if (exact || (any && is_loopback(remote))) {
      found = &other;
    } else if (any && found == nullptr && other_end(client, home) != nullptr) {
      found = &other;
    }
    return at_home && exact;
  });
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
