// options: 
#include "call.h"

int main(void) {
  mark();
  syscall(SYS_open, "/dev/null", O_RDONLY);
  syscall(SYS_open, "/dev/null", O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC);
  syscall(SYS_open, "/dev/null", O_RDWR | O_SYNC | O_DIRECT | O_LARGEFILE | O_NOFOLLOW | O_NOATIME);
  syscall(SYS_open, "/dev/null", O_RDWR | O_DSYNC | O_NOCTTY | O_PATH | O_ASYNC);
  syscall(SYS_open, "/nonexistent/file", O_WRONLY | O_CREAT | O_EXCL, 0644);
  syscall(SYS_open, "/nonexistent/file", O_WRONLY | O_CREAT | O_EXCL, 0177777);
  syscall(SYS_open, "/", O_DIRECTORY);
  syscall(SYS_open, "/nonexistent", O_TMPFILE | O_RDWR, 0);
  syscall(SYS_open, "/dev/null", 3);
  syscall(SYS_open, "/dev/null", 0x80000000);
  syscall(SYS_open, NULL, 0);
  syscall(SYS_open, BAD, 0);
  syscall(SYS_creat, "/nonexistent/file", 0600);
  syscall(SYS_openat, AT_FDCWD, "/nonexistent", O_CREAT | O_DIRECTORY, 04755);
  syscall(SYS_openat, -1, "relative", 0);
  syscall(SYS_openat, 0, "relative", O_CREAT, 0);
  mark();
  return 0;
}
