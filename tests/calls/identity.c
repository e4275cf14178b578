// options: 
#include "call.h"

int main(void) {
  mark();
  unsigned a, b, c;
  syscall(SYS_getpid);
  syscall(SYS_gettid);
  syscall(SYS_getppid);
  syscall(SYS_getuid);
  syscall(SYS_geteuid);
  syscall(SYS_getgid);
  syscall(SYS_getegid);
  syscall(SYS_getresuid, &a, &b, &c);
  syscall(SYS_getresgid, &a, &b, BAD);
  syscall(SYS_setuid, -1);
  syscall(SYS_setreuid, -1, -1);
  syscall(SYS_setresuid, -1, 0, -1);
  syscall(SYS_setresgid, -1, -1, -1);
  syscall(SYS_setfsuid, -1);
  syscall(SYS_setfsgid, 0);
  unsigned groups[64] = {1, 2};
  syscall(SYS_getgroups, 0, NULL);
  syscall(SYS_getgroups, 64, groups);
  syscall(SYS_getgroups, -1, groups);
  syscall(SYS_setgroups, -1, groups);
  syscall(SYS_setgroups, 2, BAD);
  syscall(SYS_getpgrp);
  syscall(SYS_getpgid, 0);
  syscall(SYS_getsid, 0);
  syscall(SYS_setpgid, 0, -1);
  syscall(SYS_getpgid, -1);
  mark();
  return 0;
}
