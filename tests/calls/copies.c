// options: 
#include "call.h"
#include <sys/uio.h>

int main(void) {
  mark();
  int in = syscall(SYS_memfd_create, "in", 0), out = syscall(SYS_memfd_create, "out", 0);
  syscall(SYS_write, in, "0123456789", 10);
  long offset = 2, other = 0;
  syscall(SYS_sendfile, out, in, &offset, 4L);
  syscall(SYS_sendfile, out, in, NULL, 4L);
  syscall(SYS_sendfile, out, -1, &offset, 4L);
  syscall(SYS_sendfile, out, in, BAD, 4L);
  offset = 0;
  syscall(SYS_copy_file_range, in, &offset, out, &other, 5L, 0);
  syscall(SYS_copy_file_range, in, NULL, out, NULL, 5L, 1);
  int fds[2];
  syscall(SYS_pipe, fds);
  offset = 0;
  syscall(SYS_splice, in, &offset, fds[1], NULL, 5L, 1);
  syscall(SYS_splice, fds[0], NULL, out, NULL, 2L, 0xf);
  syscall(SYS_splice, -1, BAD, -1, NULL, 2L, 0x10);
  syscall(SYS_tee, fds[0], fds[1], 1L, 2);
  struct iovec iov = {"spliced", 7};
  syscall(SYS_vmsplice, fds[1], &iov, 1L, 8);
  syscall(SYS_vmsplice, fds[1], BAD, 1L, 0);
  mark();
  return 0;
}
