#include "app/file_growth.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "present/tables/json_line.h"
#include "present/tables/table.h"
#include "present/tables/terminal_text.h"

namespace syscope::app {
namespace {

using resolve::OpenFile;
using resolve::World;

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
  return peer_summary(file, world.peers(file));
}

// Calls `take(key, file)` for every descriptor of a listing.
template <class Take>
void for_each_origin(World& world, const FileListing& listing, Take take) {
  for (const ListedFile& listed : listing.files) {
    if (listed.file == nullptr || listed.file->role != resolve::Role::descriptor) continue;
    const OpenFile& file = *listed.file;
    take(FileOrigin{listed.pid, std::string(resolve::class_name(file.file_class)),
                    origin_of(world, file)},
         file);
  }
}

// The most frequent way, of those that some files were opened in.
void name_code(const std::map<CodePath, std::uint64_t>& ways, Growth& growth) {
  const auto most = std::ranges::max_element(ways, {}, [](const auto& way) { return way.second; });
  if (most == ways.end()) return;
  growth.opened_by = most->first;
  growth.opened_so = most->second;
  for (const auto& [way, count] : ways) growth.looked_at += count;
}

std::vector<const FileGrowth::value_type*> steepest_first(const FileGrowth& growth) {
  std::vector<const FileGrowth::value_type*> sorted;
  for (const auto& entry : growth) sorted.push_back(&entry);
  std::ranges::stable_sort(sorted, std::ranges::greater{},
                           [](const auto* entry) { return entry->second.change(); });
  return sorted;
}

void write_json(const FileOrigin& files, const Growth& growth, double seconds, TextBuffer& text) {
  present::JsonLine json(text);
  json.open_object();
  json.field("pid", static_cast<std::uint64_t>(files.pid));
  json.field("kind", files.kind);
  json.field("origin", files.origin);
  json.field("before", growth.before);
  json.field("after", growth.after);
  json.key("growth");
  json.signed_number(growth.change());
  json.field("milliseconds", static_cast<std::uint64_t>(seconds * 1000));
  if (!growth.opened_by.empty()) {
    json.key("opened_by");
    json.open_array();
    for (const std::string& function : growth.opened_by) json.string(function);
    json.close_array();
    json.field("opened_so", growth.opened_so);
    json.field("looked_at", growth.looked_at);
  }
  json.close_object();
  json.end_line();
}

// "openat < load_config < main (57 of 60)".
void append_code(const Growth& growth, TextBuffer& text) {
  std::string_view between;
  for (const std::string& function : growth.opened_by) {
    text.append(between);
    present::append_harmless(text, function);
    between = " < ";
  }
  if (growth.opened_so == growth.looked_at) return;
  text.append(" (");
  text.append_decimal(growth.opened_so);
  text.append(" of ");
  text.append_decimal(growth.looked_at);
  text.append(')');
}

void add_row(const FileOrigin& files, const Growth& growth, present::Table& table) {
  table.cell().append_signed(files.pid);
  table.end_cell();
  table.cell().append(files.kind);
  table.end_cell();
  table.cell().append_decimal(growth.before);
  table.end_cell();
  table.cell().append_decimal(growth.after);
  table.end_cell();
  if (growth.change() > 0) table.cell().append('+');
  table.cell().append_signed(growth.change());
  table.end_cell();
  present::append_harmless(table.cell(), files.origin);
  table.end_cell();
  append_code(growth, table.cell());
  table.end_cell();
}

}  // namespace

FileCounts count_files(World& world, const FileListing& listing) {
  FileCounts counts;
  for_each_origin(world, listing, [&](FileOrigin key, const OpenFile&) { ++counts[key]; });
  return counts;
}

FileGrowth compare(const FileCounts& before, World& later, const FileListing& listing,
                   std::optional<OpeningCode>& code) {
  FileGrowth growth;
  for (const auto& [key, count] : before) growth[key].before = count;
  std::map<FileOrigin, std::vector<const OpenFile*>> files;
  for_each_origin(later, listing, [&](FileOrigin key, const OpenFile& file) {
    ++growth[key].after;
    files[std::move(key)].push_back(&file);
  });
  std::erase_if(growth, [](const auto& entry) { return entry.second.change() == 0; });
  if (!code) return growth;
  constexpr std::uint64_t enough = 64;  // names need a while
  for (auto& [key, change] : growth) {
    if (change.change() < 0) continue;
    std::map<CodePath, std::uint64_t> ways;
    std::uint64_t looked_at = 0;
    for (const OpenFile* file : files[key]) {
      if (looked_at == enough) break;
      if (auto path = code->path_to(file->pid, file->number)) {
        ++ways[std::move(*path)];
        ++looked_at;
      }
    }
    name_code(ways, change);
  }
  return growth;
}

bool grew(const FileGrowth& growth) {
  return std::ranges::any_of(growth, [](const auto& entry) { return entry.second.change() > 0; });
}

void write_growth(const FileGrowth& growth, double seconds, bool json, TextBuffer& text) {
  static constexpr present::Column columns[] = {
      {"PID", true},    {"KIND"},   {"BEFORE", true},           {"AFTER", true},
      {"GROWTH", true}, {"ORIGIN"}, {"OPENED BY", false, true}};
  present::Table table(columns);
  for (const auto* entry : steepest_first(growth)) {
    if (json)
      write_json(entry->first, entry->second, seconds, text);
    else
      add_row(entry->first, entry->second, table);
  }
  if (!table.empty()) table.write(text);
}

}  // namespace syscope::app
