// options: -e trace=fork,clone,clone3,unshare,setns -e signal=none
#include "call.h"
#include <sched.h>
#include <sys/wait.h>

int main(void) {
  mark();
  int pid = syscall(SYS_fork);
  if (pid == 0) syscall(SYS_exit, 0);
  wait(NULL);
  pid = syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L);
  if (pid == 0) syscall(SYS_exit, 1);
  wait(NULL);
  pid = syscall(SYS_clone, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0L, 0L, &pid, 0L);
  if (pid == 0) syscall(SYS_exit, 2);
  wait(NULL);
  syscall(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SETTLS, 0x1000L, 0L, 0L, 0x2000L);
  syscall(SYS_clone, CLONE_SIGHAND | SIGUSR1, 0x1000L, 0L, 0L, 0L);
  struct { unsigned long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls; } args = {.exit_signal = SIGCHLD};
  pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) syscall(SYS_exit, 3);
  wait(NULL);
  args.flags = CLONE_THREAD | CLONE_SETTLS;
  args.stack = 0x1000;
  args.stack_size = 0x100;
  syscall(SYS_clone3, &args, sizeof args);
  syscall(SYS_clone3, BAD, sizeof args);
  syscall(SYS_clone3, &args, 8L);
  syscall(SYS_unshare, CLONE_NEWNS | CLONE_THREAD | 0x1);
  syscall(SYS_setns, -1, CLONE_NEWNET);
  syscall(SYS_setns, -1, 1);
  mark();
  return 0;
}
