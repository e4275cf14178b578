// options: 
#include "call.h"

int main(void) {
  mark();
  struct { void *handler; unsigned long flags; void *restorer; unsigned long mask; } act = {SIG_IGN, 0, NULL, 0}, old;
  syscall(SYS_rt_sigaction, SIGUSR1, &act, &old, 8L);
  act.handler = (void *)0x1234;
  act.flags = SA_RESTART | SA_SIGINFO | SA_NODEFER | SA_RESETHAND | SA_ONSTACK | SA_NOCLDSTOP | SA_NOCLDWAIT;
  act.mask = 1UL << (SIGTERM - 1) | 1UL << 33 | 1UL << 63;
  syscall(SYS_rt_sigaction, SIGUSR2, &act, NULL, 8L);
  act.flags = 0x04000000;
  act.restorer = (void *)0x5678;
  act.mask = ~0UL;
  syscall(SYS_rt_sigaction, SIGUSR2, &act, &old, 8L);
  act.flags = 0x100;
  act.mask = ~(1UL << (SIGKILL - 1) | 1UL << (SIGSTOP - 1));
  act.handler = SIG_DFL;
  syscall(SYS_rt_sigaction, SIGUSR2, &act, &old, 8L);
  syscall(SYS_rt_sigaction, SIGKILL, &act, &old, 8L);
  syscall(SYS_rt_sigaction, 77, NULL, &old, 8L);
  syscall(SYS_rt_sigaction, SIGUSR1, BAD, BAD, 8L);
  syscall(SYS_rt_sigaction, SIGUSR1, NULL, BAD, 8L);
  syscall(SYS_rt_sigaction, SIGUSR1, &act, NULL, 4L);
  stack_t ss = {malloc(8192), 0, 8192};
  syscall(SYS_sigaltstack, &ss, NULL);
  syscall(SYS_sigaltstack, NULL, &ss);
  ss.ss_flags = SS_DISABLE | 0x100;
  syscall(SYS_sigaltstack, &ss, NULL);
  syscall(SYS_sigaltstack, BAD, NULL);
  mark();
  return 0;
}
