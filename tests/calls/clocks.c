// options: 
#include "call.h"
#include <sys/time.h>

int main(void) {
  mark();
  struct timespec tp = {1, 2};
  struct timeval tv;
  struct timezone tz;
  syscall(SYS_clock_getres, CLOCK_MONOTONIC, &tp);
  syscall(SYS_clock_getres, CLOCK_MONOTONIC_COARSE, NULL);
  syscall(SYS_clock_gettime, 77, &tp);
  syscall(SYS_clock_gettime, CLOCK_BOOTTIME, BAD);
  syscall(SYS_clock_settime, 77, &tp);
  syscall(SYS_clock_settime, CLOCK_TAI, BAD);
  syscall(SYS_gettimeofday, BAD, NULL);
  syscall(SYS_gettimeofday, NULL, &tz);
  syscall(SYS_settimeofday, BAD, NULL);
  syscall(SYS_clock_gettime, CLOCK_REALTIME_ALARM, NULL);
  (void)tv;
  mark();
  return 0;
}
