// options: 
#include "call.h"

int main(void) {
  mark();
  struct { unsigned size, policy; unsigned long flags; int nice; unsigned priority; unsigned long runtime, deadline, period; } attr = {sizeof attr, 0, 1, 5, 0, 1, 2, 3};
  syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0);
  syscall(SYS_sched_setattr, -1, &attr, 0);
  attr.policy = 77;
  syscall(SYS_sched_setattr, 0, &attr, 0);
  syscall(SYS_sched_setattr, 0, BAD, 1);
  syscall(SYS_sched_getattr, -1, BAD, 48, 0);
  attr.flags = 8;
  syscall(SYS_sched_setattr, -1, &attr, 0);
  attr.flags = 0x10;
  syscall(SYS_sched_setattr, -1, &attr, 0);
  attr.size = 47;
  syscall(SYS_sched_setattr, -1, &attr, 0);
  syscall(SYS_sched_setattr, 0, &attr, 0);
  mark();
  return 0;
}
