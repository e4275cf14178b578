#include "present/tables/file_json.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include "present/tables/json_line.h"
#include "present/tables/socket_options.h"

namespace syscope::present {
namespace {

using resolve::Access;
using resolve::OpenFile;
using resolve::Peer;
using resolve::PeerSet;
using resolve::Role;
using resolve::SocketInfo;

std::string_view access_name(Access access) {
  switch (access) {
    case Access::none: return "none";
    case Access::read: return "r";
    case Access::write: return "w";
    case Access::both: return "u";
    default: return {};
  }
}

std::string_view relation_name(Peer::Relation relation) {
  switch (relation) {
    case Peer::Relation::other_end: return "other-end";
    case Peer::Relation::same_object: return "same-object";
    case Peer::Relation::listener: return "listener";
    case Peer::Relation::target: return "target";
    case Peer::Relation::watched: return "watched";
  }
  return {};
}

void write_device(JsonLine& json, std::string_view name, dev_t device) {
  TextBuffer text;
  append_device(text, device);
  json.field(name, text.view());
}

void write_inet(JsonLine& json, const SocketInfo& socket) {
  json.field("local", resolve::address_text(socket.family, socket.local));
  if (socket.remote.port != 0)
    json.field("remote", resolve::address_text(socket.family, socket.remote));
  json.field("protocol", resolve::protocol_name(socket.protocol));
}

void write_unix(JsonLine& json, const SocketInfo& socket) {
  if (!socket.name.empty()) json.field("path", socket.name);
  json.field("socket_type", resolve::socket_type_name(socket.type));
  if (socket.peer_inode != 0) json.field("peer_inode", socket.peer_inode);
}

void write_socket(JsonLine& json, const SocketInfo& socket) {
  json.key("socket");
  json.open_object();
  json.field("family", std::uint64_t{socket.family});
  if (socket.family == AF_INET || socket.family == AF_INET6) write_inet(json, socket);
  if (socket.family == AF_UNIX) write_unix(json, socket);
  if (socket.family == AF_NETLINK) {
    json.field("protocol", resolve::netlink_protocol_name(socket.protocol));
    json.field("port", std::uint64_t{socket.netlink_port});
    json.field("groups", std::uint64_t{socket.netlink_groups});
  }
  if (socket.family == AF_PACKET) {
    json.field("protocol", std::uint64_t{socket.protocol});
    json.field("interface", std::uint64_t{socket.interface});
  }
  const std::string_view state = resolve::tcp_state_name(socket.state);
  if (!state.empty()) json.field("state", state);
  json.field("recv_queue", std::uint64_t{socket.receive_queue});
  json.field("send_queue", std::uint64_t{socket.send_queue});
  json.field("uid", std::uint64_t{socket.user});
  json.close_object();
}

void write_details(JsonLine& json, const OpenFile& file) {
  if (file.details.empty()) return;
  json.key("details");
  json.open_object();
  for (const resolve::Detail& detail : file.details) {
    json.key(detail.name);
    // A kernel's text where a number should be stays text: the line must parse.
    const bool digits = detail.value.find_first_not_of("0123456789") == std::string::npos &&
                        !detail.value.empty() &&
                        (detail.value.size() == 1 || detail.value[0] != '0');
    if (detail.is_number && digits)
      json.literal(detail.value);
    else
      json.string(detail.value);
  }
  json.close_object();
}

void write_peers(JsonLine& json, const PeerSet& set) {
  json.key("peers");
  json.open_array();
  for (const Peer& peer : set.peers) {
    json.open_object();
    json.key("pid");
    json.signed_number(peer.pid);
    if (peer.number >= 0) json.field("fd", static_cast<std::uint64_t>(peer.number));
    if (!peer.comm.empty()) json.field("command", peer.comm);
    const std::string_view access = access_name(peer.access);
    if (!access.empty()) json.field("access", access);
    json.field("relation", relation_name(peer.relation));
    json.close_object();
  }
  json.close_array();
  if (set.more != 0) json.field("peers_more", std::uint64_t{set.more});
  if (!set.note.empty()) json.field("peer_note", set.note);
  if (set.partial) {
    json.key("partial");
    json.boolean(true);
  }
}

void write_status(JsonLine& json, const OpenFile& file) {
  if (file.device != 0) write_device(json, "device", file.device);
  if (S_ISCHR(file.mode) || S_ISBLK(file.mode)) write_device(json, "rdev", file.special_device);
  if (file.inode != 0) json.field("inode", file.inode);
  if (has_size(file)) json.field("size", file.size);
  if (file.has_info) json.field("offset", file.position);
  if (file.has_status) json.field("links", std::uint64_t{file.links});
  if (file.has_info) json.field("flags", std::uint64_t{file.flags});
}

void write_file(JsonLine& json, const OpenFile& file) {
  if (file.role == Role::descriptor) {
    json.field("fd", static_cast<std::uint64_t>(file.number));
    json.field("role", "fd");
  } else {
    json.field("role", role_name(file.role));
  }
  json.field("kind", resolve::class_name(file.file_class));
  json.field("type", resolve::lsof_type(file));
  const std::string_view access = access_name(file.access);
  if (!access.empty()) json.field("access", access);
  if (file.lock != ' ') json.field("lock", std::string_view(&file.lock, 1));
  write_status(json, file);
  if (!file.name.empty()) json.field("name", file.name);
  if (file.deleted) {
    json.key("deleted");
    json.boolean(true);
  }
  if (file.socket != nullptr) write_socket(json, *file.socket);
  write_details(json, file);
}

}  // namespace

void write_file_json(const FileRow& row, TextBuffer& text) {
  JsonLine json(text);
  json.open_object();
  json.field("pid", static_cast<std::uint64_t>(row.pid));
  json.field("command", row.command);
  json.field("user", row.user_name);
  json.field("uid", std::uint64_t{row.user});
  if (!row.container.empty()) json.field("container", row.container);
  if (row.file != nullptr) write_file(json, *row.file);
  if (row.options != nullptr) write_socket_options(json, *row.options);
  if (row.peers != nullptr) write_peers(json, *row.peers);
  const std::string_view note = row.file != nullptr ? row.file->note : row.note;
  if (!note.empty()) json.field("note", note);
  json.close_object();
  json.end_line();
}

}  // namespace syscope::present
