// options: -x
#include "call.h"

int main(void) {
  mark();
  char buffer[64];
  int fd = syscall(SYS_memfd_create, "name", 0);
  syscall(SYS_write, fd, "plain", 5);
  syscall(SYS_write, fd, "\200\n", 2);
  syscall(SYS_pread64, fd, buffer, 64, 0);
  mark();
  return 0;
}
