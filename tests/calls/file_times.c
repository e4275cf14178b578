// options: 
#include "call.h"
#include <sys/time.h>
#include <utime.h>

int main(void) {
  mark();
  int fd = syscall(SYS_open, "call_times", O_RDWR | O_CREAT, 0600);
  struct timespec ts[2] = {{1700000000, 123456789}, {0, UTIME_OMIT}};
  syscall(SYS_utimensat, AT_FDCWD, "call_times", ts, 0);
  ts[0].tv_nsec = UTIME_NOW;
  syscall(SYS_utimensat, AT_FDCWD, "call_times", ts, AT_SYMLINK_NOFOLLOW);
  syscall(SYS_utimensat, fd, NULL, NULL, 0);
  syscall(SYS_utimensat, -1, "x", BAD, 1);
  struct timeval tv[2] = {{1600000000, 5}, {1500000000, 999999}};
  syscall(SYS_utimes, "call_times", tv);
  syscall(SYS_futimesat, AT_FDCWD, "call_times", tv);
  struct utimbuf times = {1700000000, 1234567890};
  syscall(SYS_utime, "call_times", &times);
  syscall(SYS_utime, "call_times", NULL);
  syscall(SYS_utime, "call_times", BAD);
  syscall(SYS_unlink, "call_times");
  mark();
  return 0;
}
