// options: 
#include "call.h"

int main(void) {
  mark();
  int fd = syscall(SYS_open, "call_perm", O_RDWR | O_CREAT, 0600);
  syscall(SYS_chmod, "call_perm", 0644);
  syscall(SYS_fchmod, fd, 06755);
  syscall(SYS_fchmodat, AT_FDCWD, "call_perm", 0);
  syscall(SYS_chown, "call_perm", -1, -1);
  syscall(SYS_fchown, fd, 0, 0);
  syscall(SYS_lchown, "call_perm", 0, -1);
  syscall(SYS_fchownat, AT_FDCWD, "call_perm", 0, 0, AT_SYMLINK_NOFOLLOW);
  syscall(SYS_umask, 077);
  syscall(SYS_umask, 022);
  syscall(SYS_access, "call_perm", F_OK);
  syscall(SYS_access, "call_perm", R_OK | W_OK | X_OK);
  syscall(SYS_access, "call_perm", 8);
  syscall(SYS_access, "call_perm", R_OK | 16);
  syscall(SYS_faccessat, AT_FDCWD, "call_perm", W_OK);
  syscall(SYS_faccessat2, AT_FDCWD, "call_perm", W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW);
  syscall(SYS_faccessat2, AT_FDCWD, "/nonexistent", X_OK, 0x11);
  syscall(SYS_unlink, "call_perm");
  mark();
  return 0;
}
