#include "resolve/classes/classes.h"

namespace syscope::resolve {
namespace {

void describe(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  copy_field(info, file, "pending", "pending", true);
  copy_field(info, file, "total", "total", true);
}

}  // namespace

const DescriptorClass userfaultfd_class = {FileClass::userfaultfd, "userfaultfd", "a_inode",
                                           "userfaultfd", describe};

}  // namespace syscope::resolve
