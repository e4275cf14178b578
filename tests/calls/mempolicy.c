// options: 
#include "call.h"

int main(void) {
  mark();
  unsigned long mask[2] = {1, 0};
  syscall(SYS_set_mempolicy, 0x12345, NULL, 0L);
  syscall(SYS_set_mempolicy, 2 | 0x8000, BAD, 64L);
  syscall(SYS_mbind, NULL, 4096L, 1L, NULL, 0L, 8);
  syscall(SYS_migrate_pages, -1, 0L, NULL, NULL);
  syscall(SYS_move_pages, -1, 0L, NULL, NULL, NULL, 0x6);
  (void)mask;
  mark();
  return 0;
}
