// options: 
#include "call.h"
#include <sys/select.h>

int main(void) {
  mark();
  int fds[2];
  syscall(SYS_pipe, fds);
  syscall(SYS_write, fds[1], "x", 1);
  fd_set in, out;
  struct timeval tv = {1, 500};
  FD_ZERO(&in);
  FD_ZERO(&out);
  FD_SET(fds[0], &in);
  FD_SET(fds[1], &out);
  syscall(SYS_select, 10, &in, &out, NULL, NULL);
  FD_ZERO(&out);
  syscall(SYS_select, 10, &in, &out, &out, NULL);
  FD_ZERO(&in);
  tv.tv_sec = tv.tv_usec = 0;
  syscall(SYS_select, 10, &in, NULL, NULL, &tv);
  syscall(SYS_select, 0, NULL, NULL, NULL, &tv);
  syscall(SYS_select, -1, &in, NULL, NULL, &tv);
  syscall(SYS_select, 10, BAD, NULL, NULL, &tv);
  struct timespec zero = {0, 0};
  struct { unsigned long *set; unsigned long size; } sig = {NULL, 8};
  syscall(SYS_pselect6, 10, &in, NULL, NULL, &zero, &sig);
  unsigned long mask = 1UL << (SIGUSR1 - 1);
  sig.set = &mask;
  FD_SET(fds[0], &in);
  syscall(SYS_pselect6, 10, &in, NULL, NULL, &zero, &sig);
  syscall(SYS_pselect6, 10, &in, NULL, NULL, &zero, NULL);
  mark();
  return 0;
}
