// Open files as lsof's table, with the other end of each.
#pragma once

#include <string_view>
#include <vector>

#include "base/text_buffer.h"
#include "present/tables/table.h"
#include "resolve/open_file.h"

namespace syscope::present {

// One row: a file, and what is known of the process around it. A process whose table cannot be read
// has a row too, with `file` null and `note`.
struct FileRow {
  pid_t pid = 0;
  uid_t user = 0;
  std::string_view command;  // raw
  std::string_view user_name;
  std::string_view container;  // raw
  const resolve::OpenFile* file = nullptr;
  const resolve::PeerSet* peers = nullptr;  // null: not asked for
  const resolve::SocketOptionSet* options = nullptr;  // null: not asked for, or no socket
  std::string_view note;
};

class FileTable {
 public:
  // `command_width` cuts COMMAND, 0 does not.
  explicit FileTable(std::size_t command_width);
  void add(const FileRow& row);
  void expect_rows(std::size_t count) { table_.expect_rows(count); }
  void write(Output& out) const { table_.write(out); }

 private:
  Table table_;
  std::size_t command_width_;
};

// "3u", "12wW", "cwd", "DEL": the descriptor, how it may be used, the lock on it.
void append_descriptor(TextBuffer& text, const resolve::OpenFile& file);
// r w u, or a blank.
[[nodiscard]] char access_letter(resolve::Access access);
// "cwd", "rtd", "txt", "mem", "DEL"; empty for descriptors.
[[nodiscard]] std::string_view role_name(resolve::Role role);
// The NAME column, harmless: path, addresses with state and queues, class with its details.
void append_name(TextBuffer& text, const resolve::OpenFile& file);
// "812,mariadbd,31u 900,app,7u", with a sentence in parentheses where one is needed.
void append_peers(TextBuffer& text, const resolve::PeerSet& peers);
// "254,0".
void append_device(TextBuffer& text, dev_t device);
// "TCP", "UDP" or the inode: what lsof has in its column NODE.
void append_node(TextBuffer& text, const resolve::OpenFile& file);
// Whether lsof would write a size for this class, not an offset.
[[nodiscard]] bool has_size(const resolve::OpenFile& file);

}  // namespace syscope::present
