#include "resolve/classes/classes.h"

namespace syscope::resolve {
namespace {

// The first line holds the flags of the group; each further one is a mark.
void describe(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  const auto lines = info.lines("fanotify ");
  std::uint64_t marks = 0;
  for (const std::string_view line : lines)
    if (!line.starts_with("fanotify flags:")) ++marks;
  add_number(file, "marks", marks);
}

}  // namespace

const DescriptorClass fanotify_class = {FileClass::fanotify, "fanotify", "a_inode", "fanotify",
                                        describe};

}  // namespace syscope::resolve
