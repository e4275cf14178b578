// options: 
#include "call.h"
#include <sys/resource.h>
#include <sys/times.h>

int main(void) {
  mark();
  struct rusage usage;
  struct tms tms;
  syscall(SYS_getrusage, 77, &usage);
  syscall(SYS_getrusage, RUSAGE_SELF, BAD);
  syscall(SYS_getrusage, RUSAGE_CHILDREN, &usage);
  syscall(SYS_times, NULL);
  syscall(SYS_times, BAD);
  (void)tms;
  mark();
  return 0;
}
