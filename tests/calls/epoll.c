// options: 
#include "call.h"
#include <sys/epoll.h>

int main(void) {
  mark();
  int fd = syscall(SYS_epoll_create1, EPOLL_CLOEXEC), fds[2];
  syscall(SYS_epoll_create, 5);
  syscall(SYS_epoll_create1, 1);
  syscall(SYS_pipe, fds);
  struct epoll_event event = {EPOLLIN | EPOLLET | EPOLLRDHUP, {.u64 = 0x1234567890}}, events[4];
  syscall(SYS_epoll_ctl, fd, EPOLL_CTL_ADD, fds[0], &event);
  event.events = EPOLLOUT | 0x800;
  syscall(SYS_epoll_ctl, fd, EPOLL_CTL_ADD, fds[1], &event);
  syscall(SYS_epoll_ctl, fd, EPOLL_CTL_MOD, 99, &event);
  syscall(SYS_epoll_ctl, fd, EPOLL_CTL_DEL, 99, &event);
  syscall(SYS_epoll_ctl, fd, 77, 99, BAD);
  syscall(SYS_epoll_wait, fd, events, 4, 0);
  syscall(SYS_epoll_wait, fd, events, 0, 0);
  unsigned long set = 0;
  syscall(SYS_epoll_pwait, fd, events, 4, 0, &set, 8L);
  syscall(SYS_epoll_pwait, fd, BAD, 4, 0, NULL, 8L);
  struct timespec zero = {0, 0};
  syscall(SYS_epoll_pwait2, fd, events, 4, &zero, NULL, 8L);
  mark();
  return 0;
}
