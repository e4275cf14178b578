#include "capture/proc/net_files.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <vector>

namespace syscope::capture::proc {
namespace {

struct FileKind {
  const char* name;
  std::uint16_t family;
  std::uint16_t type;
  std::uint16_t protocol;
};

constexpr FileKind kinds[] = {
    {"tcp", AF_INET, SOCK_STREAM, IPPROTO_TCP},
    {"tcp6", AF_INET6, SOCK_STREAM, IPPROTO_TCP},
    {"udp", AF_INET, SOCK_DGRAM, IPPROTO_UDP},
    {"udp6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP},
    {"udplite", AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE},
    {"udplite6", AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE},
    {"raw", AF_INET, SOCK_RAW, 0},
    {"raw6", AF_INET6, SOCK_RAW, 0},
    {"icmp", AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
    {"icmp6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6},
    {"unix", AF_UNIX, 0, 0},
    {"netlink", AF_NETLINK, SOCK_RAW, 0},
    {"packet", AF_PACKET, 0, 0},
};

const FileKind& kind_of(NetFile file) { return kinds[static_cast<std::size_t>(file)]; }

template <class Integer>
Integer number_of(std::string_view text, int base) {
  Integer value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

using Words = std::vector<std::string_view>;

void split(std::string_view line, Words& words) {
  words.clear();
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty()) return;
    const std::size_t end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

// "0100007F:1F90": each group of eight digits is a word in the machine's own byte order.
SocketAddress parse_address(std::string_view text) {
  SocketAddress address;
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return address;
  for (std::size_t word = 0; word * 8 + 8 <= colon && word < 4; ++word) {
    const auto value = number_of<std::uint32_t>(text.substr(word * 8, 8), 16);
    std::memcpy(address.bytes.data() + word * 4, &value, sizeof value);
  }
  address.port = number_of<std::uint16_t>(text.substr(colon + 1), 16);
  return address;
}

// sl local remote st tx:rx tr:when retrnsmt uid timeout inode
bool parse_inet(const Words& words, SocketInfo& socket) {
  if (words.size() < 10 || words[4].size() < 17) return false;
  socket.local = parse_address(words[1]);
  socket.remote = parse_address(words[2]);
  socket.state = number_of<std::uint8_t>(words[3], 16);
  socket.send_queue = number_of<std::uint32_t>(words[4].substr(0, 8), 16);
  socket.receive_queue = number_of<std::uint32_t>(words[4].substr(9, 8), 16);
  socket.timer_retransmits = number_of<std::uint8_t>(words[6], 16);
  socket.user = number_of<uid_t>(words[7], 10);
  socket.inode = number_of<std::uint64_t>(words[9], 10);
  if (socket.type == SOCK_RAW) socket.protocol = socket.local.port;
  return true;
}

// Num RefCount Protocol Flags Type St Inode [Path]. The state is that of struct socket, not of TCP.
bool parse_unix(std::string_view line, const Words& words, SocketInfo& socket) {
  if (words.size() < 7) return false;
  constexpr std::uint8_t established = 1;
  constexpr std::uint8_t closed = 7;
  constexpr std::uint8_t listening = 10;
  constexpr std::uint32_t accepts_connections = 0x10000;
  socket.type = number_of<std::uint16_t>(words[4], 16);
  const bool connected = number_of<unsigned>(words[5], 16) == 3;
  socket.state = connected ? established : closed;
  if ((number_of<std::uint32_t>(words[3], 16) & accepts_connections) != 0) socket.state = listening;
  socket.inode = number_of<std::uint64_t>(words[6], 10);
  if (words.size() > 7) {
    const auto start = static_cast<std::size_t>(words[7].data() - line.data());
    socket.name = line.substr(start);
    if (socket.name.starts_with('@')) socket.name[0] = '\0';
  }
  return true;
}

// sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode
bool parse_netlink(const Words& words, SocketInfo& socket) {
  if (words.size() < 10) return false;
  socket.protocol = number_of<std::uint16_t>(words[1], 10);
  socket.netlink_port = number_of<std::uint32_t>(words[2], 10);
  socket.netlink_groups = number_of<std::uint32_t>(words[3], 16);
  socket.receive_queue = number_of<std::uint32_t>(words[4], 10);
  socket.send_queue = number_of<std::uint32_t>(words[5], 10);
  socket.inode = number_of<std::uint64_t>(words[9], 10);
  return true;
}

// sk RefCnt Type Proto Iface R Rmem User Inode
bool parse_packet(const Words& words, SocketInfo& socket) {
  if (words.size() < 9) return false;
  socket.type = number_of<std::uint16_t>(words[2], 10);
  socket.protocol = number_of<std::uint16_t>(words[3], 16);
  socket.interface = number_of<std::uint32_t>(words[4], 10);
  socket.receive_queue = number_of<std::uint32_t>(words[6], 10);
  socket.user = number_of<uid_t>(words[7], 10);
  socket.inode = number_of<std::uint64_t>(words[8], 10);
  return true;
}

bool parse_line(std::string_view line, const Words& words, NetFile file, SocketInfo& socket) {
  switch (file) {
    case NetFile::unix_sockets: return parse_unix(line, words, socket);
    case NetFile::netlink: return parse_netlink(words, socket);
    case NetFile::packet: return parse_packet(words, socket);
    default: return parse_inet(words, socket);
  }
}

// The number behind a word in the line that starts with `protocol`: "TCP: inuse 5 orphan 0".
std::optional<std::size_t> count_in(std::string_view text, std::string_view protocol,
                                    std::string_view word) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.starts_with(protocol)) continue;
    const std::size_t at = line.find(word);
    if (at == line.npos) return std::nullopt;
    return number_of<std::size_t>(line.substr(at + word.size()), 10);
  }
  return std::nullopt;
}

}  // namespace

std::vector<SocketInfo> parse_net_file(std::string_view text, NetFile file) {
  std::vector<SocketInfo> sockets;
  Words words;
  bool heading = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (std::exchange(heading, false)) continue;
    split(line, words);
    const FileKind& kind = kind_of(file);
    SocketInfo socket;
    socket.family = kind.family;
    socket.type = kind.type;
    socket.protocol = kind.protocol;
    if (parse_line(line, words, file, socket)) sockets.push_back(std::move(socket));
  }
  return sockets;
}

std::vector<SocketInfo> read_net_file(const Root& root, pid_t pid, NetFile file) {
  std::string text;
  if (read_file(root.fd(), RelativePath(pid, "net", kind_of(file).name).text(), text) != 0)
    return {};
  return parse_net_file(text, file);
}

std::optional<SocketCounts> parse_socket_counts(std::string_view sockstat,
                                                std::string_view sockstat6) {
  const auto tcp = count_in(sockstat, "TCP:", " inuse ");
  const auto allocated = count_in(sockstat, "TCP:", " alloc ");
  if (!tcp || !allocated) return std::nullopt;
  SocketCounts counts;
  counts.tcp = *tcp + count_in(sockstat6, "TCP6:", " inuse ").value_or(0);
  counts.tcp_allocated = *allocated;
  counts.udp = count_in(sockstat, "UDP:", " inuse ");
  counts.udp6 = count_in(sockstat6, "UDP6:", " inuse ");
  counts.udplite = count_in(sockstat, "UDPLITE:", " inuse ");
  counts.udplite6 = count_in(sockstat6, "UDPLITE6:", " inuse ");
  counts.raw = count_in(sockstat, "RAW:", " inuse ");
  counts.raw6 = count_in(sockstat6, "RAW6:", " inuse ");
  return counts;
}

std::optional<SocketCounts> read_socket_counts(const Root& root, pid_t pid) {
  std::string ipv4;
  std::string ipv6;
  if (read_record(root.fd(), RelativePath(pid, "net", "sockstat").text(), ipv4) != 0)
    return std::nullopt;
  // A kernel without IPv6 has no second file.
  const int error = read_record(root.fd(), RelativePath(pid, "net", "sockstat6").text(), ipv6);
  if (error != 0 && error != ENOENT) return std::nullopt;
  return parse_socket_counts(ipv4, ipv6);
}

}  // namespace syscope::capture::proc
