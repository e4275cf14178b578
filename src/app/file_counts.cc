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

std::string key_of(FileRows& rows, const ListedFile& listed, std::string_view key) {
  const OpenFile& file = *listed.file;
  const present::FileRow row = rows.of(listed);
  if (key == "type") return std::string(resolve::lsof_type(file));
  if (key == "kind") return std::string(resolve::class_name(file.file_class));
  if (key == "peer") return peer_summary(file, *row.peers);
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

}  // namespace syscope::app
