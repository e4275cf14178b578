// options: 
#include "call.h"

int main(void) {
  mark();
  syscall(SYS_quotactl, 0x80000700, "/nonexistent", 5, BAD);
  syscall(SYS_quotactl, 0x80000100, "/nonexistent", 0, NULL);
  syscall(SYS_quotactl, 0x12345677, NULL, -1, NULL);
  mark();
  return 0;
}
