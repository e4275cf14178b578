// options: 
#include "call.h"
#include <sys/time.h>

static void handler(int signo) { (void)signo; }

int main(void) {
  mark();
  struct sigaction act = {.sa_handler = handler};
  sigaction(SIGALRM, &act, NULL);
  struct itimerval timer = {{0, 0}, {0, 50000}};
  struct timespec req = {10, 5}, rem;
  syscall(SYS_setitimer, ITIMER_REAL, &timer, NULL);
  syscall(SYS_nanosleep, &req, &rem);
  syscall(SYS_setitimer, ITIMER_REAL, &timer, NULL);
  syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &req, &rem);
  mark();
  return 0;
}
