// Who holds an object: from (class, object) to the open files, built class by class on demand.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "resolve/open_file.h"

namespace syscope::resolve {

class Holders {
 public:
  // Sockets share one index whatever their family, paths another: their class is known late.
  enum class Group : std::uint8_t { sockets, pipes, paths, pseudo_terminals, others };
  [[nodiscard]] static Group group_of(FileClass c);

  [[nodiscard]] bool has(Group group) const { return indexes_.contains(group); }
  // Makes the index of a group from all files of that group.
  void build(Group group, const std::vector<OpenFile*>& files);
  // In the order of the listing: by process, then by descriptor.
  [[nodiscard]] std::vector<OpenFile*> find(FileClass c, std::uint64_t object, dev_t device) const;
  // Of the socket with this inode: the first `most`, and how many there are.
  struct Some {
    std::vector<OpenFile*> files;
    std::size_t total = 0;
  };
  [[nodiscard]] Some find_socket(std::uint64_t inode, std::size_t most) const;

 private:
  struct Entry {
    std::uint64_t object;
    OpenFile* file;
  };
  std::unordered_map<Group, std::vector<Entry>> indexes_;  // by object, process, descriptor
};

}  // namespace syscope::resolve
