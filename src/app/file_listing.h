// One look at the machine: the files that a selection wants.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "app/file_selection.h"
#include "present/output.h"
#include "present/tables/file_table.h"
#include "resolve/world.h"

namespace syscope::app {

struct ListedFile {
  const resolve::OpenFile* file = nullptr;  // null: a process that cannot be looked into
  pid_t pid = 0;
  std::string note;
};

struct FileListing {
  std::vector<ListedFile> files;
  std::deque<resolve::OpenFile> surroundings;  // what `files` points to beside the World
  std::size_t hidden = 0;                      // processes that this user may not look into
  std::vector<pid_t> gone;                     // named, but not there
};

// Lives as long as the World.
[[nodiscard]] FileListing list_files(resolve::World& world, const FileSelection& selection);

// Makes what presenters need to know about listed files.
class FileRows {
 public:
  struct Wanted {
    bool peers = false;  // look for the other ends
    bool socket_options = false;  // ask each socket for them
    bool numeric_users = false;
  };
  FileRows(resolve::World& world, Wanted wanted) : world_(world), wanted_(wanted) {}
  // Views of what the World and `listed` own; peers and options are true until the next
  // call.
  [[nodiscard]] present::FileRow of(const ListedFile& listed);

 private:
  resolve::World& world_;
  Wanted wanted_;
  resolve::PeerSet peers_;
  resolve::SocketOptionSet options_;
  present::FileRow process_;  // of the last process: the next file is mostly of the same one
};

// Who is at the other end, without descriptor numbers, which differ from connection to connection;
// "-" where nobody is.
[[nodiscard]] std::string peer_summary(const resolve::OpenFile& file, const resolve::PeerSet& peers);

// Standard output, buffered.
[[nodiscard]] present::Output standard_output();

}  // namespace syscope::app
