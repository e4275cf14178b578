// options: 
#include "call.h"

int main(void) {
  mark();
  int fd = syscall(SYS_pidfd_open, getpid(), 0);
  syscall(SYS_pidfd_open, -1, 0x800);
  syscall(SYS_pidfd_open, getpid(), 1);
  syscall(SYS_pidfd_getfd, fd, 77, 0);
  syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0);
  syscall(SYS_pidfd_send_signal, -1, SIGUSR1, BAD, 0);
  syscall(SYS_process_mrelease, -1, 0);
  syscall(SYS_kcmp, getpid(), getpid(), 0, 0L, 1L);
  syscall(SYS_kcmp, getpid(), getpid(), 1, 0L, 0L);
  syscall(SYS_kcmp, -1, -1, 77, 1L, 2L);
  mark();
  return 0;
}
