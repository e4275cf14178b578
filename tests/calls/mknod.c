// options: 
#include "call.h"
#include <sys/sysmacros.h>

int main(void) {
  mark();
  syscall(SYS_mknod, "call_fifo", S_IFIFO | 0640, 0);
  syscall(SYS_mknod, "/nonexistent/x", S_IFCHR | 0666, makedev(1, 3));
  syscall(SYS_mknodat, AT_FDCWD, "/nonexistent/x", S_IFBLK | 04600, makedev(8, 300));
  syscall(SYS_mknod, "/nonexistent/x", 0644, 5);
  syscall(SYS_mknod, "/nonexistent/x", S_IFSOCK | 0177, 5);
  syscall(SYS_unlink, "call_fifo");
  mark();
  return 0;
}
