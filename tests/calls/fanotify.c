// options: 
#include "call.h"

int main(void) {
  mark();
  int fd = syscall(SYS_fanotify_init, 0, O_RDONLY | O_CLOEXEC);
  syscall(SYS_fanotify_init, 0xffff0000, O_RDWR);
  syscall(SYS_fanotify_init, 4 | 1 | 2, 0);
  syscall(SYS_fanotify_mark, -1, 1, 2L, AT_FDCWD, "/");
  syscall(SYS_fanotify_mark, -1, 2 | 4 | 8, 0x40000020L, -1, "x");
  mark();
  return 0;
}
