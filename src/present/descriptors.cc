#include "present/descriptors.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <charconv>
#include <cstring>

#include "catalog/find.h"
#include "present/constants.h"
#include "present/notation.h"
#include "present/quote.h"

namespace syscope::present {
namespace {

using event::File;

std::uint64_t number_in(std::string_view text, int base) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, base);
  return number;
}

void append_name(const File& file, HexStrings hex, TextBuffer& out) {
  append_escaped(as_bytes(std::string_view(file.text)), '>', hex, out);
}

void append_bracketed(std::uint64_t inode, TextBuffer& out) {
  out.append(":[");
  out.append_decimal(inode);
  out.append(']');
}

void append_path(const File& file, HexStrings hex, TextBuffer& out) {
  out.append('<');
  switch (file.fixed.file_class) {
    case SC_FILE_PIPE:
      out.append("pipe");
      append_bracketed(file.fixed.inode, out);
      break;
    case SC_FILE_SOCKET:
      out.append("socket");
      append_bracketed(file.fixed.inode, out);
      break;
    case SC_FILE_ANON: out.append("anon_inode:"); [[fallthrough]];
    default: append_name(file, hex, out);
  }
  out.append(file.is_deleted() ? ">(deleted)" : ">");
}

// The kernel's name of a protocol; empty for those that have no addresses to show.
std::string_view protocol_name(const sc_socket& socket) {
  const bool v6 = socket.family == AF_INET6;
  switch (socket.family) {
    case AF_UNIX: return socket.type == SOCK_STREAM ? "UNIX-STREAM" : "UNIX";
    case AF_NETLINK: return "NETLINK";
    case AF_INET:
    case AF_INET6: break;
    default: return {};
  }
  if (socket.type == SOCK_RAW) return v6 ? "RAWv6" : "RAW";
  switch (socket.protocol) {
    case IPPROTO_TCP: return v6 ? "TCPv6" : "TCP";
    case IPPROTO_UDP: return v6 ? "UDPv6" : "UDP";
    default: return {};
  }
}

void append_end(const sc_socket& socket, const sc_u8 (&address)[16], std::uint16_t port,
                TextBuffer& out) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(socket.family, address, text.data(), text.size());
  const bool v6 = socket.family == AF_INET6;
  if (v6) out.append('[');
  out.append(std::string_view(text.data()));
  out.append(v6 ? "]:" : ":");
  out.append_decimal(port);
}

void append_internet(const File& file, TextBuffer& out) {
  const sc_socket& socket = file.socket;
  // The port of a raw socket is its protocol.
  if (socket.local_port == 0 || socket.type == SOCK_RAW) {
    return append_bracketed(file.fixed.inode, out);
  }
  out.append(":[");
  append_end(socket, socket.local, socket.local_port, out);
  if (socket.remote_port != 0) {
    out.append("->");
    append_end(socket, socket.remote, socket.remote_port, out);
  }
  out.append(']');
}

void append_unix(const File& file, HexStrings hex, TextBuffer& out) {
  out.append(":[");
  out.append_decimal(file.fixed.inode);
  if (file.socket.peer_inode != 0) {
    out.append("->");
    out.append_decimal(file.socket.peer_inode);
  }
  if (!file.text.empty()) {
    std::string_view name = file.text;
    const bool is_abstract = name.front() == '\0';
    if (is_abstract) name.remove_prefix(1);
    out.append(is_abstract ? ",@" : ",");
    append_quoted(as_bytes(name.substr(0, name.find('\0'))), false, hex, out);
  }
  out.append(']');
}

void append_netlink(const File& file, TextBuffer& out) {
  std::uint32_t port = 0;
  std::memcpy(&port, file.socket.local, sizeof port);
  if (port == 0) return append_bracketed(file.fixed.inode, out);
  constexpr std::string_view prefix = "NETLINK_";
  const catalog::Index set = catalog::find_set("netlink_protocol");
  std::string_view name;
  if (set != catalog::nothing) {
    name = constant_name(catalog::sets()[set], file.socket.protocol, 4);
  }
  out.append(":[");
  if (name.starts_with(prefix)) {
    out.append(name.substr(prefix.size()));
  } else {
    out.append_decimal(file.socket.protocol);
  }
  out.append(':');
  out.append_decimal(port);
  out.append(']');
}

bool append_socket(const File& file, HexStrings hex, TextBuffer& out) {
  if (file.fixed.file_class != SC_FILE_SOCKET) return false;
  const std::string_view protocol = protocol_name(file.socket);
  if (protocol.empty()) {
    append_path(file, hex, out);
    return true;
  }
  out.append('<');
  out.append(protocol);
  switch (file.socket.family) {
    case AF_UNIX: append_unix(file, hex, out); break;
    case AF_NETLINK: append_netlink(file, out); break;
    default: append_internet(file, out);
  }
  out.append('>');
  return true;
}

bool append_device(const File& file, HexStrings hex, TextBuffer& out) {
  const bool is_character = S_ISCHR(file.fixed.mode);
  if (!is_character && !S_ISBLK(file.fixed.mode)) return false;
  out.append('<');
  append_name(file, hex, out);
  out.append(is_character ? "<char " : "<block ");
  out.append_decimal(file.fixed.rdev >> 20);
  out.append(':');
  out.append_decimal(file.fixed.rdev & 0xfffff);
  if (const std::string_view terminal = file.field("tty-index"); !terminal.empty()) {
    out.append(" @/dev/pts/");
    out.append_decimal(number_in(terminal, 10));
  }
  out.append(file.is_deleted() ? ">>(deleted)" : ">>");
  return true;
}

bool is_anonymous(const File& file, std::string_view name) {
  return file.fixed.file_class == SC_FILE_ANON && file.text == name;
}

bool append_pidfd(const File& file, TextBuffer& out) {
  const std::string_view pid = file.field("Pid");
  if (!is_anonymous(file, "[pidfd]") || pid.empty()) return false;
  out.append("<pid:");
  if (pid.starts_with('-')) {
    out.append("-1");
  } else {
    out.append_decimal(number_in(pid, 10));
  }
  out.append('>');
  return true;
}

bool append_eventfd(const File& file, TextBuffer& out) {
  const std::string_view count = file.field("eventfd-count");
  if (!is_anonymous(file, "[eventfd]") || count.empty()) return false;
  out.append("<{eventfd-count=");
  out.append_hex(number_in(count, 16));
  out.append(", eventfd-id=");
  out.append_decimal(number_in(file.field("eventfd-id"), 10));
  out.append(", eventfd-semaphore=");
  out.append_decimal(number_in(file.field("eventfd-semaphore"), 10));
  out.append("}>");
  return true;
}

bool append_signalfd(const File& file, TextBuffer& out) {
  const std::string_view mask = file.field("sigmask");
  if (!is_anonymous(file, "[signalfd]") || mask.empty()) return false;
  const std::uint64_t signals = number_in(mask, 16);
  const bool negated = __builtin_popcountll(signals) >= 64 * 2 / 3;
  out.append(negated ? "<signalfd:~[" : "<signalfd:[");
  bool any = false;
  for (unsigned bit = 0; bit < 64; ++bit) {
    if ((signals >> bit & 1) == (negated ? 1u : 0u)) continue;
    if (any) out.append(' ');
    append_signal_word(bit + 1, ConstantStyle::names, out);
    any = true;
  }
  out.append("]>");
  return true;
}

}  // namespace

void append_file(const File& file, const DescriptorStyle& style, HexStrings hex, TextBuffer& out) {
  if (style.socket && append_socket(file, hex, out)) return;
  if (style.device && append_device(file, hex, out)) return;
  if (style.pidfd && append_pidfd(file, out)) return;
  if (style.eventfd && append_eventfd(file, out)) return;
  if (style.signalfd && append_signalfd(file, out)) return;
  if (style.path) append_path(file, hex, out);
}

void DescriptorWriter::begin(const decode::DecodedCall& call, std::uint32_t known_at_entry) {
  if (files_ == nullptr) return;
  call_ = Bytes(reinterpret_cast<const std::byte*>(call.record), call.record->head.size);
  known_at_entry_ = known_at_entry;
  result_ = call.result;
}

void DescriptorWriter::write(std::int32_t descriptor, std::uint32_t at, TextBuffer& out) const {
  if (call_.empty() || at > result_ || !style_.any()) return;
  event::FileTime time = event::FileTime::exit_or_entry;
  if (at < known_at_entry_) time = event::FileTime::entry;
  if (at == result_ && at >= known_at_entry_) time = event::FileTime::exit;
  const File* const file = files_->find(call_, descriptor, time);
  if (file != nullptr) append_file(*file, style_, hex_, out);
}

std::uint32_t DescriptorWriter::character_device(std::int32_t descriptor) const {
  if (call_.empty()) return 0;
  const File* const file = files_->find(call_, descriptor, event::FileTime::entry);
  return file != nullptr && S_ISCHR(file->fixed.mode) ? file->fixed.rdev >> 20 : 0;
}

}  // namespace syscope::present
