// options: 
#include "call.h"

int main(void) {
  mark();
  char buffer[64];
  int fd = syscall(SYS_open, "call_xattr", O_RDWR | O_CREAT, 0600);
  syscall(SYS_setxattr, "call_xattr", "user.key", "value", 5L, 1);
  syscall(SYS_setxattr, "call_xattr", "user.bin", "\1\2\377", 3L, 0);
  syscall(SYS_fsetxattr, fd, "user.nul", "value", 6L, 2);
  syscall(SYS_lsetxattr, "/nonexistent", "user.x", BAD, 3L, 7);
  syscall(SYS_getxattr, "call_xattr", "user.key", buffer, 64L);
  syscall(SYS_getxattr, "call_xattr", "user.bin", buffer, 64L);
  syscall(SYS_getxattr, "call_xattr", "user.key", NULL, 0L);
  syscall(SYS_lgetxattr, "call_xattr", "user.none", buffer, 64L);
  syscall(SYS_fgetxattr, fd, "user.key", BAD, 64L);
  syscall(SYS_listxattr, "call_xattr", buffer, 64L);
  syscall(SYS_llistxattr, "call_xattr", NULL, 0L);
  syscall(SYS_flistxattr, fd, buffer, 1L);
  syscall(SYS_removexattr, "call_xattr", "user.key");
  syscall(SYS_lremovexattr, "call_xattr", "user.none");
  syscall(SYS_fremovexattr, -1, "user.none");
  syscall(SYS_unlink, "call_xattr");
  mark();
  return 0;
}
