#include "present/tables/file_table.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cctype>

#include "present/tables/socket_options.h"
#include "present/tables/terminal_text.h"

namespace syscope::present {
namespace {

using resolve::Access;
using resolve::FileClass;
using resolve::OpenFile;
using resolve::Peer;
using resolve::PeerSet;
using resolve::Role;
using resolve::SocketInfo;

constexpr unsigned listening = 10;
constexpr unsigned established = 1;

constexpr Column columns[] = {{"COMMAND"},        {"PID", true},  {"USER"},
                              {"FD", true},       {"TYPE", true}, {"DEVICE", true},
                              {"SIZE/OFF", true}, {"NODE", true}, {"CONTAINER", false, true},
                              {"NAME"},           {"PEER"}};

bool is_inet(const OpenFile& file) {
  return file.socket != nullptr &&
         (file.socket->family == AF_INET || file.socket->family == AF_INET6);
}

void append_queues(TextBuffer& text, const SocketInfo& socket) {
  const bool backlog = socket.state == listening;  // then the send queue is its limit, not a load
  if (socket.receive_queue == 0 && (socket.send_queue == 0 || backlog)) return;
  text.append(" QR=");
  text.append_decimal(socket.receive_queue);
  text.append(" QS=");
  text.append_decimal(socket.send_queue);
}

void append_inet_name(TextBuffer& text, const OpenFile& file) {
  const SocketInfo& socket = *file.socket;
  text.append(resolve::address_text(socket.family, socket.local));
  if (socket.remote.port != 0) {
    text.append("->");
    text.append(resolve::address_text(socket.family, socket.remote));
  }
  if (file.file_class == FileClass::tcp) {
    text.append(" (");
    text.append(resolve::tcp_state_name(socket.state));
    append_queues(text, socket);
    text.append(')');
  } else if (socket.receive_queue != 0 || socket.send_queue != 0) {
    text.append(" (");
    append_queues(text, socket);
    text.append(')');
  }
}

void append_upper(TextBuffer& text, std::string_view word) {
  for (const char c : word)
    text.append(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
}

void append_details(TextBuffer& text, const OpenFile& file, std::string_view except) {
  for (const resolve::Detail& detail : file.details) {
    if (detail.name == except || detail.value.empty()) continue;
    text.append(' ');
    text.append(detail.name);
    text.append('=');
    append_harmless(text, detail.value);
  }
}

void append_unix_name(TextBuffer& text, const OpenFile& file) {
  const SocketInfo& socket = *file.socket;
  if (!socket.name.empty()) {
    // Abstract names start with a NUL, written @ since netstat(8).
    const bool abstract = socket.name.front() == '\0';
    if (abstract) text.append('@');
    append_harmless(text, std::string_view(socket.name).substr(abstract ? 1 : 0));
    text.append(' ');
  }
  text.append("type=");
  append_upper(text, resolve::socket_type_name(socket.type));
  const bool connected = socket.state == established;
  text.append(socket.state == listening ? " (LISTEN" : connected ? " (CONNECTED" : " (UNCONNECTED");
  append_queues(text, socket);
  text.append(')');
  append_details(text, file, {});
}

void append_netlink_name(TextBuffer& text, const SocketInfo& socket) {
  const std::string_view name = resolve::netlink_protocol_name(socket.protocol);
  if (name.empty())
    text.append_decimal(socket.protocol);
  else
    text.append(name);
  text.append(" port=");
  text.append_decimal(socket.netlink_port);
  if (socket.netlink_groups != 0) {
    text.append(" groups=");
    text.append_hex(socket.netlink_groups);
  }
}

void append_packet_name(TextBuffer& text, const SocketInfo& socket) {
  text.append("type=SOCK_");
  append_upper(text, resolve::socket_type_name(socket.type));
  if (socket.interface != 0) {
    text.append(" interface=");
    text.append_decimal(socket.interface);
  }
}

void append_socket_name(TextBuffer& text, const OpenFile& file) {
  if (file.socket == nullptr) {
    text.append(resolve::class_name(file.file_class));
    if (file.file_class == FileClass::tcp || file.file_class == FileClass::udp)
      text.append(" (not bound)");
  } else if (is_inet(file)) {
    append_inet_name(text, file);
  } else if (file.file_class == FileClass::unix_socket) {
    append_unix_name(text, file);
  } else if (file.file_class == FileClass::netlink) {
    append_netlink_name(text, *file.socket);
  } else if (file.file_class == FileClass::packet) {
    append_packet_name(text, *file.socket);
  } else {
    text.append(resolve::class_name(file.file_class));
  }
}

std::string_view detail_of(const OpenFile& file, std::string_view name) {
  for (const resolve::Detail& detail : file.details)
    if (detail.name == name) return detail.value;
  return {};
}

// "[eventfd:7]", "[eventpoll:3,6]", "[pidfd:812]": lsof puts one fact into the brackets.
std::string_view bracket_detail(FileClass c) {
  switch (c) {
    case FileClass::eventfd: return "id";
    case FileClass::eventpoll: return "watches";
    case FileClass::pidfd: return "pid";
    default: return {};
  }
}

void append_anonymous_name(TextBuffer& text, const OpenFile& file) {
  const std::string_view inside = bracket_detail(file.file_class);
  if (!inside.empty() && file.examined) {
    text.append('[');
    text.append(resolve::class_name(file.file_class));
    text.append(':');
    append_harmless(text, detail_of(file, inside));
    text.append(']');
  } else {
    append_harmless(text, file.name);
  }
  if (file.file_class == FileClass::name_space) {
    text.append(":[");
    text.append_decimal(file.inode);
    text.append(']');
  }
  append_details(text, file, inside);
}

void append_path_name(TextBuffer& text, const OpenFile& file) {
  append_harmless(text, file.name);
  if (file.deleted) text.append(" (deleted)");
  append_details(text, file, {});
}

void append_size(TextBuffer& text, const OpenFile& file) {
  if (has_size(file)) {
    text.append_decimal(file.size);
  } else if (file.has_info || is_socket(file.file_class) || file.file_class == FileClass::pipe) {
    text.append("0t");
    text.append_decimal(file.position);
  }
}

void append_device_of(TextBuffer& text, const OpenFile& file) {
  if (is_inet(file)) return text.append_decimal(file.inode);  // as lsof does, NODE being taken
  const bool special = S_ISCHR(file.mode) || S_ISBLK(file.mode);
  if (file.has_status || file.device != 0)
    append_device(text, special ? file.special_device : file.device);
}

}  // namespace

char access_letter(Access access) {
  switch (access) {
    case Access::read: return 'r';
    case Access::write: return 'w';
    case Access::both: return 'u';
    default: return ' ';
  }
}

std::string_view role_name(Role role) {
  switch (role) {
    case Role::working_directory: return "cwd";
    case Role::root_directory: return "rtd";
    case Role::program: return "txt";
    case Role::mapping: return "mem";
    case Role::deleted_mapping: return "DEL";
    default: return {};
  }
}

void append_descriptor(TextBuffer& text, const OpenFile& file) {
  if (file.role != Role::descriptor) {
    text.append(role_name(file.role));
    return text.append("  ");
  }
  text.append_decimal(static_cast<std::uint64_t>(file.number));
  text.append(access_letter(file.access));
  text.append(file.lock);
}

bool has_size(const OpenFile& file) {
  switch (file.file_class) {
    case FileClass::regular:
    case FileClass::directory:
    case FileClass::symlink:
    case FileClass::memfd:
    case FileClass::mqueue:
    case FileClass::dma_buffer: return file.has_status;
    default: return false;
  }
}

void append_device(TextBuffer& text, dev_t device) {
  text.append_decimal(::major(device));
  text.append(',');
  text.append_decimal(::minor(device));
}

void append_node(TextBuffer& text, const OpenFile& file) {
  if (is_inet(file)) return text.append(resolve::protocol_name(file.socket->protocol));
  if (file.inode != 0) text.append_decimal(file.inode);
}

void append_name(TextBuffer& text, const OpenFile& file) {
  if (is_socket(file.file_class))
    append_socket_name(text, file);
  else if (file.file_class == FileClass::pipe)
    text.append("pipe");
  else if (is_path(file.file_class))
    append_path_name(text, file);
  else
    append_anonymous_name(text, file);
  if (!file.note.empty()) {
    text.append(" (");
    append_harmless(text, file.note);
    text.append(')');
  }
}

void append_peers(TextBuffer& text, const PeerSet& set) {
  constexpr std::size_t most = 8;
  bool first = true;
  std::size_t count = 0;
  for (const Peer& peer : set.peers) {
    // What an epoll watches stands in its NAME already.
    if (peer.relation == Peer::Relation::watched) continue;
    if (++count > most) continue;
    if (!first) text.append(' ');
    first = false;
    text.append_signed(peer.pid);
    text.append(',');
    append_harmless(text, peer.comm);
    if (peer.number < 0) continue;
    text.append(',');
    text.append_signed(peer.number);
    if (access_letter(peer.access) != ' ') text.append(access_letter(peer.access));
  }
  if (count > most) {
    text.append(" and ");
    text.append_decimal(count - most + set.more);
    text.append(" more");
  }
  if (set.note.empty()) return;
  if (!first) text.append(' ');
  text.append('(');
  append_harmless(text, set.note);
  text.append(')');
}

FileTable::FileTable(std::size_t command_width) : table_(columns), command_width_(command_width) {}

void FileTable::add(const FileRow& row) {
  const std::string_view command =
      command_width_ == 0 ? row.command : row.command.substr(0, command_width_);
  append_harmless(table_.cell(), command);
  table_.end_cell();
  table_.cell().append_signed(row.pid);
  table_.end_cell();
  append_harmless(table_.cell(), row.user_name);
  table_.end_cell();
  if (row.file == nullptr) {
    table_.cell().append("NOFD");
    for (int column = 0; column < 5; ++column) table_.end_cell();
    append_harmless(table_.cell(), row.container);
    table_.end_cell();
    append_harmless(table_.cell(), row.note);
    table_.end_cell();
    return table_.end_cell();
  }
  const OpenFile& file = *row.file;
  append_descriptor(table_.cell(), file);
  table_.end_cell();
  table_.cell().append(resolve::lsof_type(file));
  table_.end_cell();
  append_device_of(table_.cell(), file);
  table_.end_cell();
  append_size(table_.cell(), file);
  table_.end_cell();
  append_node(table_.cell(), file);
  table_.end_cell();
  append_harmless(table_.cell(), row.container);
  table_.end_cell();
  append_name(table_.cell(), file);
  if (row.options != nullptr) append_socket_options(table_.cell(), *row.options);
  table_.end_cell();
  if (row.peers != nullptr) append_peers(table_.cell(), *row.peers);
  table_.end_cell();
}

}  // namespace syscope::present
