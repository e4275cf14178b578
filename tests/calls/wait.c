// options: -e trace=wait4,waitid -e signal=none
#include "call.h"
#include <sys/wait.h>
#include <sys/resource.h>

int main(void) {
  mark();
  int status;
  struct rusage usage;
  int pid = fork();
  if (pid == 0) syscall(SYS_exit_group, 3);
  syscall(SYS_wait4, pid, &status, 0, NULL);
  pid = fork();
  if (pid == 0) syscall(SYS_kill, getpid(), SIGTERM);
  syscall(SYS_wait4, pid, &status, __WALL | WUNTRACED, NULL);
  syscall(SYS_wait4, -1, &status, WNOHANG, &usage);
  syscall(SYS_wait4, -1, BAD, 0x10000, BAD);
  siginfo_t info;
  pid = fork();
  if (pid == 0) syscall(SYS_exit_group, 0x1234);
  syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT, NULL);
  syscall(SYS_waitid, P_ALL, 0, NULL, WEXITED, NULL);
  syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | WSTOPPED, NULL);
  syscall(SYS_waitid, 77, -1, BAD, 0, BAD);
  mark();
  return 0;
}
