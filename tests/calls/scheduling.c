// options: 
#include "call.h"
#include <sched.h>

int main(void) {
  mark();
  struct sched_param param = {0};
  syscall(SYS_sched_getscheduler, 0);
  syscall(SYS_sched_getscheduler, -1);
  syscall(SYS_sched_get_priority_max, 1);
  syscall(SYS_sched_get_priority_min, 77);
  syscall(SYS_getpriority, 0, 0);
  syscall(SYS_getpriority, 7, 1);
  syscall(SYS_setpriority, 0, -1, 5);
  unsigned long mask[16] = {0};
  syscall(SYS_sched_getaffinity, 0, 128L, mask);
  syscall(SYS_sched_setaffinity, -1, 128L, mask);
  mask[0] = 5;
  syscall(SYS_sched_setaffinity, -1, 8L, mask);
  syscall(SYS_sched_getaffinity, 0, 1L, mask);
  syscall(SYS_sched_setaffinity, 0, 8L, BAD);
  struct timespec tp;
  syscall(SYS_sched_rr_get_interval, -1, &tp);
  syscall(SYS_ioprio_get, 1, 0);
  syscall(SYS_ioprio_get, 7, 0);
  syscall(SYS_ioprio_set, 1, -1, (2 << 13) | 4);
  syscall(SYS_sched_yield);
  unsigned cpu;
  syscall(SYS_getcpu, BAD, NULL, NULL);
  (void)param, (void)cpu;
  mark();
  return 0;
}
