// options: 
#include "call.h"
#include <linux/openat2.h>

int main(void) {
  mark();
  struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .mode = 0, .resolve = RESOLVE_NO_SYMLINKS | 0x8000};
  syscall(SYS_openat2, AT_FDCWD, "/dev/null", &how, sizeof how);
  how.flags = O_CREAT | O_WRONLY;
  how.mode = 0644;
  how.resolve = RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_CACHED | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;
  syscall(SYS_openat2, AT_FDCWD, "/nonexistent/x", &how, sizeof how);
  syscall(SYS_openat2, AT_FDCWD, "x", NULL, sizeof how);
  syscall(SYS_openat2, AT_FDCWD, "x", BAD, sizeof how);
  syscall(SYS_openat2, AT_FDCWD, "x", &how, 0);
  mark();
  return 0;
}
