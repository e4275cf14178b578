// options: 
#include "call.h"

int main(void) {
  mark();
  char buffer[4096];
  syscall(SYS_chdir, "/");
  syscall(SYS_getcwd, buffer, 4096L);
  syscall(SYS_getcwd, buffer, 1L);
  syscall(SYS_getcwd, BAD, 4096L);
  syscall(SYS_chdir, "/nonexistent");
  syscall(SYS_fchdir, -1);
  syscall(SYS_chdir, "/proc/self/task");
  syscall(SYS_chroot, "/nonexistent");
  syscall(SYS_pivot_root, "/nonexistent", NULL);
  syscall(SYS_chroot, BAD);
  mark();
  return 0;
}
