// One look at the machine: the files that a selection wants, with their peers.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "app/file_selection.h"
#include "base/text_buffer.h"
#include "present/tables/file_table.h"
#include "resolve/world.h"

namespace syscope::app {

struct ListedFile {
  const resolve::OpenFile* file = nullptr;  // null: a process that cannot be looked into
  pid_t pid = 0;
  resolve::PeerSet peers;
  std::string note;
};

struct FileListing {
  std::vector<ListedFile> files;
  std::deque<resolve::OpenFile> surroundings;  // what `files` points to beside the World
  std::size_t hidden = 0;                      // processes that this user may not look into
  std::vector<pid_t> gone;                     // named, but not there
};

// `with_peers`: also find who is at the other ends. Lives as long as the World.
[[nodiscard]] FileListing list_files(resolve::World& world, const FileSelection& selection,
                                     bool with_peers);

// Makes what presenters need to know about listed files.
class FileRows {
 public:
  FileRows(resolve::World& world, bool numeric_users)
      : world_(world), numeric_users_(numeric_users) {}
  // Views of what the World and `listed` own.
  [[nodiscard]] present::FileRow of(const ListedFile& listed);

 private:
  resolve::World& world_;
  bool numeric_users_;
  present::FileRow process_;  // of the last process: the next file is mostly of the same one
};

// Writes all of it to standard output. False when the reader has gone.
bool write_out(const TextBuffer& text);

}  // namespace syscope::app
