// options: 
#include "call.h"

int main(void) {
  mark();
  struct timespec req = {0, 1000}, rem = {7, 7};
  syscall(SYS_nanosleep, &req, &rem);
  syscall(SYS_nanosleep, &req, NULL);
  req.tv_nsec = 1000000000;
  syscall(SYS_nanosleep, &req, &rem);
  syscall(SYS_nanosleep, BAD, NULL);
  req.tv_nsec = 5;
  syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &req, &rem);
  syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &req, NULL);
  syscall(SYS_clock_nanosleep, 77, 2, BAD, BAD);
  mark();
  return 0;
}
