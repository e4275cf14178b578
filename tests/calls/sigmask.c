// options: 
#include "call.h"

int main(void) {
  mark();
  unsigned long set = 1UL << (SIGUSR1 - 1) | 1UL << (SIGCHLD - 1), old, all = ~0UL, most = ~(1UL << (SIGINT - 1));
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, &old, 8L);
  syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, NULL, &old, 8L);
  syscall(SYS_rt_sigprocmask, 77, &all, &old, 8L);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, NULL, 8L);
  syscall(SYS_rt_sigprocmask, 77, &most, BAD, 8L);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, BAD, NULL, 8L);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, NULL, 16L);
  syscall(SYS_rt_sigpending, &old, 8L);
  syscall(SYS_kill, getpid(), SIGUSR1);
  syscall(SYS_rt_sigpending, &old, 8L);
  siginfo_t info;
  struct timespec zero = {0, 0};
  syscall(SYS_rt_sigtimedwait, &set, &info, &zero, 8L);
  syscall(SYS_rt_sigtimedwait, &set, NULL, &zero, 8L);
  syscall(SYS_rt_sigtimedwait, &set, &info, BAD, 8L);
  syscall(SYS_signalfd4, -1, &set, 8L, 0x80800);
  syscall(SYS_signalfd, -1, BAD, 8L);
  syscall(SYS_signalfd4, 77, &set, 4L, 1);
  mark();
  return 0;
}
