// options: 
#include "call.h"

int main(void) {
  mark();
  struct itimerspec value = {{1, 2}, {1000, 4}}, old;
  int id = -1;
  struct sigevent event = {.sigev_notify = SIGEV_NONE};
  syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);  // its siginfo_t counts the seconds since 1970
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGUSR1;
  event.sigev_value.sival_int = 7;
  syscall(SYS_timer_create, CLOCK_REALTIME, &event, &id);
  syscall(SYS_timer_create, CLOCK_REALTIME, BAD, &id);
  syscall(SYS_timer_create, 77, NULL, &id);
  syscall(SYS_timer_settime, id, TIMER_ABSTIME, &value, NULL);
  syscall(SYS_timer_settime, 77, 2, &value, &old);
  syscall(SYS_timer_gettime, 77, &old);
  syscall(SYS_timer_getoverrun, id);
  syscall(SYS_timer_delete, id);
  syscall(SYS_timer_delete, 77);
  int fd = syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0x80800);
  syscall(SYS_timerfd_create, 77, 1);
  syscall(SYS_timerfd_settime, fd, 0, &value, &old);
  syscall(SYS_timerfd_settime, fd, 3, BAD, NULL);
  value.it_value.tv_sec = value.it_value.tv_nsec = value.it_interval.tv_sec = value.it_interval.tv_nsec = 0;
  syscall(SYS_timerfd_settime, fd, 1, &value, NULL);
  syscall(SYS_timerfd_gettime, fd, &old);
  syscall(SYS_timerfd_gettime, -1, &old);
  mark();
  return 0;
}
