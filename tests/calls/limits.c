// options: 
#include "call.h"
#include <sys/resource.h>

int main(void) {
  mark();
  struct rlimit limit = {1024, RLIM_INFINITY};
  syscall(SYS_getrlimit, RLIMIT_CORE, &limit);
  syscall(SYS_getrlimit, RLIMIT_STACK, &limit);
  syscall(SYS_getrlimit, 77, &limit);
  syscall(SYS_getrlimit, RLIMIT_NOFILE, BAD);
  limit.rlim_cur = 8192 * 1024;
  limit.rlim_max = 4096;
  syscall(SYS_setrlimit, RLIMIT_STACK, &limit);
  syscall(SYS_prlimit64, 0, RLIMIT_AS, NULL, &limit);
  limit.rlim_cur = 5;
  limit.rlim_max = 3;
  syscall(SYS_prlimit64, 0, RLIMIT_NICE, &limit, &limit);
  syscall(SYS_prlimit64, -1, RLIMIT_RTTIME, BAD, NULL);
  mark();
  return 0;
}
