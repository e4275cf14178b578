#include "resolve/classes/classes.h"

namespace syscope::resolve {
namespace {

// proc_pid_fdinfo(5) does not list these; fs/io_uring/fdinfo.c writes them.
void describe(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  copy_field(info, file, "SqHead", "sq_head", true);
  copy_field(info, file, "SqTail", "sq_tail", true);
  copy_field(info, file, "CqHead", "cq_head", true);
  copy_field(info, file, "CqTail", "cq_tail", true);
  copy_field(info, file, "SqThread", "sq_thread", true);
  copy_field(info, file, "UserFiles", "files", true);
  copy_field(info, file, "UserBufs", "buffers", true);
}

}  // namespace

const DescriptorClass io_uring_class = {FileClass::io_uring, "io_uring", "a_inode", "io_uring",
                                        describe};

}  // namespace syscope::resolve
