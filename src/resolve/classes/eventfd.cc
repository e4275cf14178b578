#include "resolve/classes/classes.h"

namespace syscope::resolve {
namespace {

void describe(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  // All anonymous inodes share one inode number: only the id tells one eventfd from another.
  if (const auto id = info.number("eventfd-id")) {
    file.object = *id;
    add_number(file, "id", *id);
  }
  if (const auto count = info.number("eventfd-count", 16)) add_number(file, "count", *count);
  copy_field(info, file, "eventfd-semaphore", "semaphore", true);
}

}  // namespace

const DescriptorClass eventfd_class = {FileClass::eventfd, "eventfd", "a_inode", "eventfd",
                                       describe};

}  // namespace syscope::resolve
