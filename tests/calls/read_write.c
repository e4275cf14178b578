// options: 
#include "call.h"

int main(void) {
  mark();
  char buffer[64] = "text with \n, \t, \001, \"quotes\" and \303\244";
  int fd = syscall(SYS_open, "call_file", O_RDWR | O_CREAT | O_TRUNC, 0640);
  syscall(SYS_write, fd, buffer, 45);
  syscall(SYS_write, fd, "0123456789012345678901234567890123456789", 40);
  syscall(SYS_write, fd, "01234567890123456789012345678901", 32);
  syscall(SYS_write, fd, BAD, 5);
  syscall(SYS_write, fd, NULL, 0);
  syscall(SYS_write, -1, "x\0001", 3);
  syscall(SYS_lseek, fd, 0, SEEK_SET);
  syscall(SYS_read, fd, buffer, 10);
  syscall(SYS_read, fd, buffer, 64);
  syscall(SYS_read, fd, BAD, 5);
  syscall(SYS_read, -1, buffer, 5);
  syscall(SYS_close, fd);
  syscall(SYS_close, -1);
  syscall(SYS_unlink, "call_file");
  mark();
  return 0;
}
