// options: 
#include "call.h"

int main(void) {
  mark();
  syscall(SYS_fsopen, "nonexistent", 1);
  syscall(SYS_fsopen, BAD, 2);
  syscall(SYS_open_tree, -1, "x", 1);
  syscall(SYS_open_tree, AT_FDCWD, "/nonexistent", 0x80001 | AT_RECURSIVE);
  syscall(SYS_move_mount, -1, "a", -1, "b", 0x77);
  syscall(SYS_fsconfig, -1, 0, "key", NULL, 0);
  syscall(SYS_fsconfig, -1, 1, "key", "value", 0);
  syscall(SYS_fsconfig, -1, 2, "key", "val", 2);
  syscall(SYS_fsconfig, -1, 3, "key", "/path", AT_FDCWD);
  syscall(SYS_fsconfig, -1, 5, "key", NULL, 7);
  syscall(SYS_fsconfig, -1, 6, NULL, NULL, 0);
  char text[300];
  memset(text, 'a', sizeof text);
  text[299] = 0;
  syscall(SYS_fsconfig, -1, 1, text + 299 - 255, text + 299 - 256, 0);
  syscall(SYS_fsconfig, -1, 2, "key", "val", 0x100001);
  syscall(SYS_fsconfig, -1, 77, "key", BAD, 3);
  syscall(SYS_fsmount, -1, 1, 3);
  syscall(SYS_fspick, -1, "x", 0xf);
  unsigned long attr[4] = {1, 2, 0x40000, 3};
  syscall(SYS_mount_setattr, -1, "x", AT_RECURSIVE | 0x1000, attr, 32L);
  syscall(SYS_mount_setattr, -1, "x", 0, BAD, 32L);
  mark();
  return 0;
}
