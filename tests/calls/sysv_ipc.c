// options: 
#include "call.h"

int main(void) {
  mark();
  syscall(SYS_shmget, 0, 0L, 0600 | 01000);
  syscall(SYS_shmget, 0x1234, 4096L, 0);
  syscall(SYS_shmat, -1, NULL, 010000);
  syscall(SYS_shmdt, BAD);
  syscall(SYS_semget, 0, -1, 0644 | 03000);
  syscall(SYS_semop, -1, BAD, 1);
  struct { unsigned short num; short op, flags; } ops[2] = {{1, -1, 04000}, {2, 1, 0x1000}};
  syscall(SYS_semop, -1, ops, 2);
  struct timespec zero = {0, 0};
  syscall(SYS_semtimedop, -1, ops, 1, &zero);
  syscall(SYS_msgget, 0x77, 0);
  struct { long type; char text[8]; } msg = {5, "message"};
  syscall(SYS_msgsnd, -1, &msg, 7L, 04000);
  syscall(SYS_msgrcv, -1, &msg, 7L, 5L, 010000);
  syscall(SYS_msgsnd, -1, BAD, 7L, 0);
  syscall(SYS_shmctl, -1, 0, NULL);
  syscall(SYS_msgctl, -1, 0, NULL);
  mark();
  return 0;
}
