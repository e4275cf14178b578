// options: 
#include "call.h"

int main(void) {
  mark();
  int fd = syscall(SYS_memfd_create, "sealed", 2);
  syscall(SYS_fcntl, fd, F_DUPFD, 10);
  syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 20);
  syscall(SYS_fcntl, fd, F_GETFD);
  syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
  syscall(SYS_fcntl, fd, F_SETFD, 3);
  syscall(SYS_fcntl, fd, F_GETFD);
  syscall(SYS_fcntl, fd, F_GETFL);
  syscall(SYS_fcntl, fd, F_SETFL, O_RDWR | O_NONBLOCK | O_APPEND);
  syscall(SYS_fcntl, fd, F_GETFL);
  syscall(SYS_fcntl, fd, F_SETOWN, 1);
  syscall(SYS_fcntl, fd, F_GETOWN);
  syscall(SYS_fcntl, fd, F_SETSIG, SIGUSR1);
  syscall(SYS_fcntl, fd, F_GETSIG);
  syscall(SYS_fcntl, fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
  syscall(SYS_fcntl, fd, F_GET_SEALS);
  syscall(SYS_fcntl, -1, F_GETFD);
  syscall(SYS_fcntl, fd, 4711, 5);
  int pipefd[2];
  syscall(SYS_pipe, pipefd);
  syscall(SYS_fcntl, pipefd[1], F_GETPIPE_SZ);
  syscall(SYS_fcntl, pipefd[1], F_SETPIPE_SZ, 4096);
  syscall(SYS_fcntl, pipefd[1], F_NOTIFY, 3);
  struct f_owner_ex owner = {F_OWNER_PID, 1};
  syscall(SYS_fcntl, fd, F_SETOWN_EX, &owner);
  syscall(SYS_fcntl, fd, F_GETOWN_EX, &owner);
  syscall(SYS_fcntl, fd, F_GETOWN_EX, BAD);
  syscall(SYS_fcntl, fd, F_GETLEASE);
  syscall(SYS_fcntl, fd, F_SETLEASE, F_RDLCK);
  mark();
  return 0;
}
