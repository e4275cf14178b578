// options: 
#include "call.h"

int main(void) {
  mark();
  struct { unsigned short len; void *filter; } prog = {1, BAD};
  unsigned action = 0x7fff0000, sizes[2];
  syscall(SYS_seccomp, 2, 0, &action);
  action = 0x12340000;
  syscall(SYS_seccomp, 2, 0, &action);
  syscall(SYS_seccomp, 3, 0, sizes);
  syscall(SYS_seccomp, 1, 0x41, &prog);
  syscall(SYS_seccomp, 1, 0, BAD);
  syscall(SYS_seccomp, 77, 1, BAD);
  mark();
  return 0;
}
