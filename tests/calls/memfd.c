// options: 
#include "call.h"

int main(void) {
  mark();
  syscall(SYS_memfd_create, "name", 3);
  syscall(SYS_memfd_create, "huge", 4 | (21 << 26));
  syscall(SYS_memfd_create, "bad", 0x1000);
  syscall(SYS_memfd_create, BAD, 0);
  syscall(SYS_memfd_create, NULL, 0);
  mark();
  return 0;
}
