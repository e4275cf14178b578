#include "resolve/holders.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace syscope::resolve {

Holders::Group Holders::group_of(FileClass c) {
  if (is_socket(c)) return Group::sockets;
  if (c == FileClass::pipe) return Group::pipes;
  if (c == FileClass::pty_master || c == FileClass::pty_slave) return Group::pseudo_terminals;
  if (is_path(c)) return Group::paths;
  return Group::others;
}

void Holders::build(Group group, std::vector<OpenFile*> files) {
  const auto place = [](const OpenFile* file) {
    return std::make_tuple(file->object, file->pid, file->number);
  };
  std::sort(files.begin(), files.end(),
            [&](const OpenFile* a, const OpenFile* b) { return place(a) < place(b); });
  indexes_[group] = std::move(files);
}

std::vector<OpenFile*> Holders::find(FileClass c, std::uint64_t object, dev_t device) const {
  const Group group = group_of(c);
  const auto index = indexes_.find(group);
  if (index == indexes_.end()) return {};
  auto entry = std::lower_bound(
      index->second.begin(), index->second.end(), object,
      [](const OpenFile* file, std::uint64_t wanted) { return file->object < wanted; });
  std::vector<OpenFile*> found;
  for (; entry != index->second.end() && (*entry)->object == object; ++entry) {
    if (group == Group::others && (*entry)->file_class != c) continue;
    if (group == Group::paths && (*entry)->device != device) continue;
    found.push_back(*entry);
  }
  return found;
}

}  // namespace syscope::resolve
