// options: 
#include "call.h"

int main(void) {
  mark();
  syscall(SYS_userfaultfd, 0x10);
  syscall(SYS_userfaultfd, 1 | O_CLOEXEC | O_NONBLOCK | 0x100);
  syscall(SYS_io_setup, 0, BAD);
  syscall(SYS_io_destroy, 0x1234L);
  syscall(SYS_io_cancel, 0x1234L, BAD, BAD);
  syscall(SYS_lookup_dcookie, 5L, BAD, 5L);
  syscall(SYS_sync);
  mark();
  return 0;
}
