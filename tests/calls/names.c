// options: 
#include "call.h"

int main(void) {
  mark();
  syscall(SYS_mkdir, "call_dir", 0755);
  syscall(SYS_mkdirat, AT_FDCWD, "call_dir/sub", 0700);
  syscall(SYS_mkdir, "call_dir", 02777);
  syscall(SYS_symlink, "target of the link that is longer than thirty-two", "call_dir/link");
  syscall(SYS_symlinkat, "target", AT_FDCWD, "call_dir/link2");
  char buffer[64];
  syscall(SYS_readlink, "call_dir/link", buffer, 64);
  syscall(SYS_readlink, "call_dir/link2", buffer, 3);
  syscall(SYS_readlink, "call_dir", buffer, 64);
  syscall(SYS_readlinkat, AT_FDCWD, "call_dir/link2", BAD, 64);
  syscall(SYS_link, "call_dir/link", "call_dir/hard");
  syscall(SYS_linkat, AT_FDCWD, "call_dir/link2", AT_FDCWD, "call_dir/hard2", AT_SYMLINK_FOLLOW);
  syscall(SYS_rename, "call_dir/link2", "call_dir/link3");
  syscall(SYS_renameat, AT_FDCWD, "call_dir/link3", AT_FDCWD, "call_dir/link4");
  syscall(SYS_renameat2, AT_FDCWD, "call_dir/link", AT_FDCWD, "call_dir/link4", 2);
  syscall(SYS_renameat2, AT_FDCWD, "call_dir/a", -100, "call_dir/b", 0x15);
  syscall(SYS_unlinkat, AT_FDCWD, "call_dir/sub", AT_REMOVEDIR);
  syscall(SYS_unlinkat, AT_FDCWD, "call_dir/hard", 0);
  syscall(SYS_unlinkat, AT_FDCWD, "call_dir/x", 0x10001);
  syscall(SYS_unlink, "call_dir/link");
  syscall(SYS_unlink, "call_dir/link4");
  syscall(SYS_unlink, BAD);
  syscall(SYS_rmdir, "call_dir");
  syscall(SYS_rmdir, NULL);
  mark();
  return 0;
}
