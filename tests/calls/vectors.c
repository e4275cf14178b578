// options: 
#include "call.h"
#include <sys/uio.h>

int main(void) {
  mark();
  char one[10], two[40];
  struct iovec iov[] = {{"first", 5}, {"a second buffer that is rather longer", 37}, {NULL, 0}};
  int fd = syscall(SYS_memfd_create, "vectors", 1);
  syscall(SYS_writev, fd, iov, 3);
  syscall(SYS_pwritev, fd, iov, 2, 100);
  syscall(SYS_pwritev2, fd, iov, 1, 100, 0, 2);
  struct iovec in[] = {{one, 10}, {two, 40}};
  syscall(SYS_preadv, fd, in, 2, 0);
  syscall(SYS_preadv2, fd, in, 1, 100, 0, 8);
  syscall(SYS_lseek, fd, 0, SEEK_SET);
  syscall(SYS_readv, fd, in, 2);
  syscall(SYS_readv, fd, BAD, 2);
  syscall(SYS_writev, fd, BAD, 1);
  syscall(SYS_writev, -1, iov, 0);
  syscall(SYS_readv, -1, in, 2);
  in[1].iov_base = BAD;
  syscall(SYS_readv, fd, in, 2);
  mark();
  return 0;
}
