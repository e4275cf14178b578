// options: 
#include "call.h"
#include <sys/time.h>

static void handler(int signo) { (void)signo; }

int main(void) {
  mark();
  struct sigaction act = {.sa_handler = handler};
  sigaction(SIGUSR1, &act, NULL);
  sigaction(SIGALRM, &act, NULL);
  syscall(SYS_kill, getpid(), SIGUSR1);
  struct itimerval timer = {{0, 0}, {0, 10000}};
  syscall(SYS_setitimer, ITIMER_REAL, &timer, NULL);
  syscall(SYS_pause);
  unsigned long none = 0;
  syscall(SYS_setitimer, ITIMER_REAL, &timer, NULL);
  syscall(SYS_rt_sigsuspend, &none, 8L);
  mark();
  return 0;
}
