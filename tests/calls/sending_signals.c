// options: 
#include "call.h"

int main(void) {
  mark();
  signal(SIGUSR1, SIG_IGN);
  siginfo_t info;
  memset(&info, 0, sizeof info);
  info.si_signo = SIGUSR1;
  info.si_code = SI_QUEUE;
  info.si_value.sival_int = 42;
  syscall(SYS_kill, getpid(), 0);
  syscall(SYS_kill, getpid(), SIGUSR1);
  syscall(SYS_kill, getpid(), 77);
  syscall(SYS_tkill, gettid(), SIGUSR1);
  syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1);
  syscall(SYS_tgkill, -1, -1, SIGRTMIN);
  syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info);
  syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGUSR1, &info);
  syscall(SYS_rt_sigqueueinfo, -1, SIGUSR1, BAD);
  mark();
  return 0;
}
