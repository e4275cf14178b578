// options: 
#include "call.h"
#include <sys/time.h>

int main(void) {
  mark();
  struct itimerval value = {{1, 2}, {1000, 4}}, old;
  syscall(SYS_setitimer, ITIMER_VIRTUAL, &value, NULL);
  value.it_value.tv_sec = value.it_value.tv_usec = 0;
  syscall(SYS_setitimer, ITIMER_VIRTUAL, &value, NULL);
  syscall(SYS_getitimer, ITIMER_VIRTUAL, &old);
  syscall(SYS_getitimer, 77, &old);
  syscall(SYS_setitimer, ITIMER_PROF, BAD, NULL);
  syscall(SYS_setitimer, 77, &value, &old);
  mark();
  return 0;
}
