// options: 
#include "call.h"

int main(void) {
  mark();
  int fds[2];
  syscall(SYS_pipe, fds);
  syscall(SYS_pipe2, fds, O_CLOEXEC | O_NONBLOCK);
  syscall(SYS_pipe2, fds, 1);
  syscall(SYS_pipe, BAD);
  syscall(SYS_dup, fds[0]);
  syscall(SYS_dup2, fds[0], 20);
  syscall(SYS_dup3, fds[0], 21, O_CLOEXEC);
  syscall(SYS_dup3, fds[0], 21, 1);
  syscall(SYS_dup, -1);
  syscall(SYS_close_range, 20, 25, 0);
  syscall(SYS_close_range, 30, ~0U, 4);
  syscall(SYS_close_range, 30, 20, 6);
  mark();
  return 0;
}
