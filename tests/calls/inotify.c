// options: 
#include "call.h"
#include <sys/inotify.h>

int main(void) {
  mark();
  int fd = syscall(SYS_inotify_init);
  syscall(SYS_inotify_init1, 0x800 | 0x80000);
  syscall(SYS_inotify_init1, 1);
  syscall(SYS_inotify_add_watch, fd, "/", IN_CREATE | IN_DELETE | IN_ONLYDIR);
  syscall(SYS_inotify_add_watch, fd, "/nonexistent", IN_ALL_EVENTS | IN_MASK_ADD | IN_ONESHOT);
  syscall(SYS_inotify_add_watch, -1, BAD, 0x1000);
  syscall(SYS_inotify_rm_watch, fd, 1);
  syscall(SYS_inotify_rm_watch, fd, 77);
  mark();
  return 0;
}
