// options: 
#include "call.h"

int main(void) {
  mark();
  int fd = syscall(SYS_memfd_create, "locked", 0);
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 20};
  syscall(SYS_fcntl, fd, F_SETLK, &lock);
  syscall(SYS_fcntl, fd, F_SETLKW, &lock);
  syscall(SYS_fcntl, fd, F_GETLK, &lock);
  lock.l_type = F_RDLCK;
  lock.l_pid = 0;
  syscall(SYS_fcntl, fd, F_OFD_SETLK, &lock);
  syscall(SYS_fcntl, fd, F_OFD_GETLK, &lock);
  lock.l_type = 77;
  lock.l_whence = 88;
  syscall(SYS_fcntl, fd, F_SETLK, &lock);
  syscall(SYS_fcntl, fd, F_SETLK, BAD);
  syscall(SYS_fcntl, fd, F_GETLK, NULL);
  syscall(SYS_flock, fd, 1);
  syscall(SYS_flock, fd, 2 | 4);
  syscall(SYS_flock, fd, 8);
  syscall(SYS_flock, -1, 0x100);
  mark();
  return 0;
}
