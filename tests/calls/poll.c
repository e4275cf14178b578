// options: 
#include "call.h"
#include <poll.h>

int main(void) {
  mark();
  int fds[2];
  syscall(SYS_pipe, fds);
  syscall(SYS_write, fds[1], "x", 1);
  struct pollfd polls[3] = {{fds[0], POLLIN | POLLPRI, 0}, {fds[1], POLLOUT, 0}, {-1, 0x4000, 0}};
  syscall(SYS_poll, polls, 3, 0);
  syscall(SYS_poll, polls, 1, -1);
  polls[0].events = POLLPRI;
  syscall(SYS_poll, polls, 1, 0);
  syscall(SYS_poll, NULL, 0, 1);
  syscall(SYS_poll, BAD, 2, 0);
  struct timespec zero = {0, 0};
  unsigned long set = 1UL << (SIGCHLD - 1);
  syscall(SYS_ppoll, polls, 2, &zero, &set, 8L);
  syscall(SYS_ppoll, polls, 1, &zero, NULL, 8L);
  polls[0].fd = 99;
  syscall(SYS_poll, polls, 1, 0);
  mark();
  return 0;
}
