#include "app/file_counts.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "present/tables/json_line.h"
#include "present/tables/table.h"
#include "present/tables/terminal_text.h"

namespace syscope::app {
namespace {

using resolve::OpenFile;
using resolve::World;

// Who is at the other end, without descriptor numbers: those differ from connection to connection.
std::string peer_key(const OpenFile& file, const resolve::PeerSet& peers) {
  std::string key;
  for (const resolve::Peer& peer : peers.peers) {
    if (peer.relation == resolve::Peer::Relation::watched) continue;
    std::string one = std::to_string(peer.pid) + ',' + peer.comm;
    if (key.find(one) != std::string::npos) continue;
    if (!key.empty()) key += ' ';
    key += one;
  }
  if (!key.empty()) return key;
  if (peers.note == "remote host" && file.socket != nullptr)
    return resolve::address_text(file.socket->family, file.socket->remote);
  return peers.note.empty() ? "-" : peers.note;
}

std::string key_of(FileRows& rows, const ListedFile& listed, std::string_view key) {
  const OpenFile& file = *listed.file;
  const present::FileRow row = rows.of(listed);
  if (key == "type") return std::string(resolve::lsof_type(file));
  if (key == "kind") return std::string(resolve::class_name(file.file_class));
  if (key == "peer") return peer_key(file, *row.peers);
  if (key == "user") return std::string(row.user_name);
  if (key == "command") return std::string(row.command);
  if (key == "pid") return std::to_string(row.pid);
  if (key == "container") return std::string(row.container);
  if (key == "name") return file.name;
  if (key == "state" && file.socket != nullptr)
    return std::string(resolve::tcp_state_name(file.socket->state));
  return "-";
}

std::string upper(std::string_view word) {
  std::string text(word);
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

// Where a leak comes from, as far as the file itself tells: the folder of a path, the remote
// address of a connection, the peer of anything else.
std::string origin_of(World& world, const OpenFile& file) {
  if (resolve::is_path(file.file_class)) {
    const std::size_t slash = file.name.rfind('/');
    return slash == std::string::npos || slash == 0 ? file.name : file.name.substr(0, slash + 1);
  }
  if (file.file_class == resolve::FileClass::tcp && file.socket != nullptr &&
      file.socket->remote.port != 0) {
    // The nearer end's port changes with every connection of a client; a server's stays.
    const bool client = file.socket->local.port > file.socket->remote.port;
    return client ? "to " + resolve::address_text(file.socket->family, file.socket->remote)
                  : "at " + resolve::address_text(file.socket->family, file.socket->local);
  }
  return peer_key(file, world.peers(file));
}

struct Growth {
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  [[nodiscard]] std::int64_t change() const {
    return static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
  }
};
using GrowthMap = std::map<FileCounts::key_type, Growth>;

void write_growth_json(const FileCounts::key_type& key, const Growth& growth, double seconds,
                       TextBuffer& text) {
  present::JsonLine json(text);
  json.open_object();
  json.field("pid", static_cast<std::uint64_t>(key.first));
  json.field("kind", key.second.first);
  json.field("origin", key.second.second);
  json.field("before", growth.before);
  json.field("after", growth.after);
  json.key("growth");
  json.signed_number(growth.change());
  json.field("milliseconds", static_cast<std::uint64_t>(seconds * 1000));
  json.close_object();
  json.end_line();
}

}  // namespace

void write_counts(World& world, const FileListing& listing, std::span<const std::string> keys,
                  bool json, TextBuffer& text) {
  std::map<std::vector<std::string>, std::uint64_t> counts;
  const bool peers = std::find(keys.begin(), keys.end(), "peer") != keys.end();
  FileRows rows(world, {.peers = peers});
  for (const ListedFile& listed : listing.files) {
    if (listed.file == nullptr) continue;
    std::vector<std::string> combination;
    for (const std::string& key : keys) combination.push_back(key_of(rows, listed, key));
    ++counts[std::move(combination)];
  }
  std::vector<std::pair<std::vector<std::string>, std::uint64_t>> sorted(counts.begin(),
                                                                         counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (json) {
    for (const auto& [combination, count] : sorted) {
      present::JsonLine line(text);
      line.open_object();
      line.field("count", count);
      for (std::size_t i = 0; i < keys.size(); ++i) line.field(keys[i], combination[i]);
      line.close_object();
      line.end_line();
    }
    return;
  }
  std::vector<std::string> titles;
  for (const std::string& key : keys) titles.push_back(upper(key));
  std::vector<present::Column> columns{{"COUNT", true}};
  for (const std::string& title : titles) columns.push_back({title});
  present::Table table(columns);
  for (const auto& [combination, count] : sorted) {
    table.cell().append_decimal(count);
    table.end_cell();
    for (const std::string& value : combination) {
      present::append_harmless(table.cell(), value);
      table.end_cell();
    }
  }
  table.write(text);
}

FileCounts count_files(World& world, const FileListing& listing) {
  FileCounts counts;
  for (const ListedFile& listed : listing.files) {
    if (listed.file == nullptr || listed.file->role != resolve::Role::descriptor) continue;
    const OpenFile& file = *listed.file;
    ++counts[{listed.pid,
              {std::string(resolve::class_name(file.file_class)), origin_of(world, file)}}];
  }
  return counts;
}

bool write_growth(const FileCounts& before, const FileCounts& after, double seconds, bool json,
                  TextBuffer& text) {
  GrowthMap map;
  for (const auto& [key, count] : before) map[key].before = count;
  for (const auto& [key, count] : after) map[key].after = count;
  std::vector<std::pair<FileCounts::key_type, Growth>> sorted(map.begin(), map.end());
  std::erase_if(sorted, [](const auto& entry) { return entry.second.change() == 0; });
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return a.second.change() > b.second.change();
  });
  const bool grew = !sorted.empty() && sorted.front().second.change() > 0;
  if (json) {
    for (const auto& [key, growth] : sorted) write_growth_json(key, growth, seconds, text);
    return grew;
  }
  static constexpr present::Column columns[] = {{"PID", true},   {"KIND"},         {"BEFORE", true},
                                                {"AFTER", true}, {"GROWTH", true}, {"ORIGIN"}};
  present::Table table(columns);
  for (const auto& [key, growth] : sorted) {
    table.cell().append_signed(key.first);
    table.end_cell();
    table.cell().append(key.second.first);
    table.end_cell();
    table.cell().append_decimal(growth.before);
    table.end_cell();
    table.cell().append_decimal(growth.after);
    table.end_cell();
    if (growth.change() > 0) table.cell().append('+');
    table.cell().append_signed(growth.change());
    table.end_cell();
    present::append_harmless(table.cell(), key.second.second);
    table.end_cell();
  }
  if (!table.empty()) table.write(text);
  return grew;
}

}  // namespace syscope::app
