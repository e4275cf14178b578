// options: 
#include "call.h"

int main(void) {
  mark();
  syscall(SYS_ptrace, 16, -1, 0L, 0L);
  syscall(SYS_ptrace, 1, -1, 0x1000L, 0L);
  syscall(SYS_ptrace, 4, -1, 0x1000L, 5L);
  syscall(SYS_ptrace, 7, -1, 0L, 10L);
  syscall(SYS_ptrace, 0x4200, -1, 0L, 0x7fL);
  syscall(SYS_ptrace, 0x4201, -1, 0L, BAD);
  syscall(SYS_ptrace, 0x4206, -1, 0L, 0x100000L);
  syscall(SYS_ptrace, 3, -1, 8L, 0L);
  syscall(SYS_ptrace, 3, -1, 0x2000L, 0L);
  syscall(SYS_ptrace, 77, -1, 1L, 2L);
  mark();
  return 0;
}
