// options: | -v
#include "call.h"

int main(void) {
  mark();
  struct stat st;
  syscall(SYS_stat, "/etc/passwd", &st);
  syscall(SYS_stat, "/dev/null", &st);
  syscall(SYS_lstat, "/proc/self/exe", &st);
  syscall(SYS_stat, "/", &st);
  syscall(SYS_stat, "/nonexistent", &st);
  syscall(SYS_stat, "/", BAD);
  syscall(SYS_stat, "/", NULL);
  syscall(SYS_fstat, -1, &st);
  int fd = syscall(SYS_open, "/dev/zero", O_RDONLY);
  syscall(SYS_fstat, fd, &st);
  syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
  syscall(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH);
  syscall(SYS_newfstatat, fd, "", &st, 0x10000);
  mark();
  return 0;
}
