// options: 
#include "call.h"
#include <sys/vfs.h>

int main(void) {
  mark();
  struct statfs st;
  syscall(SYS_statfs, "/proc", &st);
  syscall(SYS_statfs, "/sys", &st);
  syscall(SYS_statfs, "/nonexistent", &st);
  syscall(SYS_statfs, "/proc", BAD);
  int fd = syscall(SYS_open, "/proc", O_RDONLY);
  syscall(SYS_fstatfs, fd, &st);
  syscall(SYS_fstatfs, -1, &st);
  syscall(SYS_ustat, 0x801, NULL);
  mark();
  return 0;
}
