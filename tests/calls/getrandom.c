// options: 
#include "call.h"

int main(void) {
  mark();
  char buffer[64];
  syscall(SYS_getrandom, NULL, 0L, 0);
  syscall(SYS_getrandom, BAD, 4L, 3);
  syscall(SYS_getrandom, buffer, 4L, 8);
  syscall(SYS_getrandom, buffer, 4L, 7);
  mark();
  return 0;
}
