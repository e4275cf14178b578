#include "resolve/holders.h"

#include <algorithm>
#include <utility>

namespace syscope::resolve {

Holders::Group Holders::group_of(FileClass c) {
  if (is_socket(c)) return Group::sockets;
  if (c == FileClass::pipe) return Group::pipes;
  if (c == FileClass::pty_master || c == FileClass::pty_slave) return Group::pseudo_terminals;
  if (is_path(c)) return Group::paths;
  return Group::others;
}

void Holders::build(Group group, const std::vector<OpenFile*>& files) {
  std::vector<Entry>& index = indexes_[group];
  index.clear();
  index.reserve(files.size());
  for (OpenFile* file : files) index.push_back({file->object, file});
  std::sort(index.begin(), index.end(), [](const Entry& a, const Entry& b) {
    if (a.object != b.object) return a.object < b.object;
    return std::pair(a.file->pid, a.file->number) < std::pair(b.file->pid, b.file->number);
  });
}

Holders::Some Holders::find_socket(std::uint64_t inode, std::size_t most) const {
  const auto index = indexes_.find(Group::sockets);
  if (index == indexes_.end()) return {};
  const auto range = std::ranges::equal_range(index->second, inode, {}, &Entry::object);
  Some found;
  found.total = range.size();
  for (const Entry& entry : range) {
    if (found.files.size() == most) break;
    found.files.push_back(entry.file);
  }
  return found;
}

std::vector<OpenFile*> Holders::find(FileClass c, std::uint64_t object, dev_t device) const {
  const Group group = group_of(c);
  const auto index = indexes_.find(group);
  if (index == indexes_.end()) return {};
  auto entry = std::lower_bound(
      index->second.begin(), index->second.end(), object,
      [](const Entry& candidate, std::uint64_t wanted) { return candidate.object < wanted; });
  std::vector<OpenFile*> found;
  for (; entry != index->second.end() && entry->object == object; ++entry) {
    if (group == Group::others && entry->file->file_class != c) continue;
    if (group == Group::paths && entry->file->device != device) continue;
    found.push_back(entry->file);
  }
  return found;
}

}  // namespace syscope::resolve
