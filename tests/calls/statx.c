// options: | -v
#include "call.h"

int main(void) {
  mark();
  struct statx st;
  syscall(SYS_statx, AT_FDCWD, "/etc/passwd", AT_STATX_SYNC_AS_STAT, STATX_BASIC_STATS, &st);
  syscall(SYS_statx, AT_FDCWD, "/dev/null", AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC, STATX_ALL, &st);
  syscall(SYS_statx, AT_FDCWD, "/etc/passwd", AT_STATX_DONT_SYNC, STATX_SIZE | STATX_MTIME, &st);
  syscall(SYS_statx, AT_FDCWD, "/nonexistent", 0, STATX_TYPE | 0x40000000, &st);
  syscall(SYS_statx, -1, "", AT_EMPTY_PATH, 0, BAD);
  syscall(SYS_statx, AT_FDCWD, "/", 0, STATX_MODE, NULL);
  mark();
  return 0;
}
