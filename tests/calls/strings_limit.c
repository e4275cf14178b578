// options: -s 8
#include "call.h"

int main(void) {
  mark();
  int fd = syscall(SYS_memfd_create, "a name that is longer than the limit", 0);
  syscall(SYS_write, fd, "12345678", 8);
  syscall(SYS_write, fd, "123456789", 9);
  syscall(SYS_open, "a path that is longer than the limit", 0);
  mark();
  return 0;
}
