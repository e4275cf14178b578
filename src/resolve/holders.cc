#include "resolve/holders.h"

#include <algorithm>

namespace syscope::resolve {

Holders::Group Holders::group_of(FileClass c) {
  if (is_socket(c)) return Group::sockets;
  if (c == FileClass::pipe) return Group::pipes;
  if (c == FileClass::pty_master || c == FileClass::pty_slave) return Group::pseudo_terminals;
  if (is_path(c)) return Group::paths;
  return Group::others;
}

void Holders::add(Group group, OpenFile& file) { indexes_[group][file.object].push_back(&file); }

std::vector<OpenFile*> Holders::find(FileClass c, std::uint64_t object, dev_t device) const {
  const Group group = group_of(c);
  const auto index = indexes_.find(group);
  if (index == indexes_.end()) return {};
  const auto entry = index->second.find(object);
  if (entry == index->second.end()) return {};
  std::vector<OpenFile*> found;
  for (OpenFile* file : entry->second) {
    if (group == Group::others && file->file_class != c) continue;
    if (group == Group::paths && file->device != device) continue;
    found.push_back(file);
  }
  std::sort(found.begin(), found.end(), [](const OpenFile* a, const OpenFile* b) {
    return a->pid != b->pid ? a->pid < b->pid : a->number < b->number;
  });
  return found;
}

}  // namespace syscope::resolve
