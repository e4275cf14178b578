#include <algorithm>
#include <charconv>

#include "resolve/classes/classes.h"

namespace syscope::resolve {
namespace {

// Of "inotify wd:1 ino:2a sdev:fe00000 mask:..." the inodes, in decimal. The kernel keeps no path.
void describe(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  std::string inodes;
  std::uint64_t watches = 0;
  for (const std::string_view line : info.lines("inotify wd:")) {
    ++watches;
    const std::size_t at = line.find(" ino:");
    if (at == line.npos) continue;
    std::uint64_t inode = 0;
    std::from_chars(line.data() + at + 5, line.data() + line.size(), inode, 16);
    if (!inodes.empty()) inodes += ',';
    inodes += std::to_string(inode);
  }
  add_number(file, "watches", watches);
  add_detail(file, "inodes", std::move(inodes));
}

}  // namespace

const DescriptorClass inotify_class = {FileClass::inotify, "inotify", "a_inode", "inotify",
                                       describe};

}  // namespace syscope::resolve
