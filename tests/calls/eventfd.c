// options: 
#include "call.h"

int main(void) {
  mark();
  unsigned long value = 3;
  int fd = syscall(SYS_eventfd2, 5, 0x80801);
  syscall(SYS_eventfd, 0);
  syscall(SYS_eventfd2, 5, 0x2);
  syscall(SYS_write, fd, &value, 8L);
  syscall(SYS_read, fd, &value, 8L);
  mark();
  return 0;
}
