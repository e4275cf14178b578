// options: 
#include "call.h"

int main(void) {
  mark();
  syscall(SYS_mkdir, "call_many", 0700);
  int fd = syscall(SYS_open, "call_many", O_RDONLY | O_DIRECTORY);
  char buffer[1024];
  syscall(SYS_getdents64, fd, buffer, 1024);
  syscall(SYS_getdents64, fd, buffer, 1024);
  syscall(SYS_lseek, fd, 0, SEEK_SET);
  syscall(SYS_getdents, fd, buffer, 1024);
  syscall(SYS_getdents64, fd, BAD, 1024);
  syscall(SYS_getdents64, -1, buffer, 1024);
  syscall(SYS_rmdir, "call_many");
  mark();
  return 0;
}
