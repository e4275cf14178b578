// poll, select and epoll over many descriptors, and the descriptors that the kernel itself feeds.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "waiters.h"

enum { count = 5 };

// Read ends of pipes whose only writer is one helper; its pid comes back.
static pid_t pipes_of_helper(int ends[count]) {
  int kept[count + 1], pair[2];
  for (int i = 0; i < count; ++i) {
    must(pipe(pair), "pipe");
    ends[i] = pair[0];
    kept[i] = pair[1];
  }
  kept[count] = -1;
  const pid_t writer = helper(hold_only, kept);
  for (int i = 0; i < count; ++i) close(kept[i]);
  return writer;
}

static void poll_many(void) {
  int ends[count];
  struct pollfd wanted[count];
  const pid_t writer = pipes_of_helper(ends);
  for (int i = 0; i < count; ++i) wanted[i] = (struct pollfd){.fd = ends[i], .events = POLLIN};
  announce((struct answer){.culprit_pid = writer, .object = "any of 5"});
  must(poll(wanted, count, -1), "poll");
}

static void ppoll_many(void) {
  int ends[count];
  struct pollfd wanted[count];
  struct timespec limit = {.tv_sec = 1000};
  const pid_t writer = pipes_of_helper(ends);
  for (int i = 0; i < count; ++i) wanted[i] = (struct pollfd){.fd = ends[i], .events = POLLIN};
  announce((struct answer){.culprit_pid = writer, .object = "any of 5"});
  must(ppoll(wanted, count, &limit, NULL), "ppoll");
}

static void select_many(void) {
  int ends[count], last = 0;
  fd_set wanted;
  const pid_t writer = pipes_of_helper(ends);
  FD_ZERO(&wanted);
  for (int i = 0; i < count; ++i) {
    FD_SET(ends[i], &wanted);
    if (ends[i] > last) last = ends[i];
  }
  announce((struct answer){.culprit_pid = writer, .object = "any of 5"});
  must(select(last + 1, &wanted, NULL, NULL, NULL), "select");
}

static void epoll_many(void) {
  int ends[count];
  struct epoll_event event = {.events = EPOLLIN};
  const pid_t writer = pipes_of_helper(ends);
  const int set = must(epoll_create1(0), "epoll_create1");
  for (int i = 0; i < count; ++i) {
    event.data.fd = ends[i];
    must(epoll_ctl(set, EPOLL_CTL_ADD, ends[i], &event), "epoll_ctl");
  }
  announce((struct answer){.culprit_pid = writer, .object = "any of 5"});
  must(epoll_wait(set, &event, 1, -1), "epoll_wait");
}

static void event_read(void) {
  uint64_t value;
  const int fd = must(eventfd(0, 0), "eventfd");
  const pid_t other = helper(hold_only, (int[]){fd, -1});
  announce((struct answer){.culprit_pid = other, .object = "eventfd"});
  must(read(fd, &value, sizeof value), "read");
}

static void timer_read(void) {
  uint64_t value;
  const struct itimerspec when = {.it_value = {.tv_sec = 1000}};
  const int fd = must(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd_create");
  must(timerfd_settime(fd, 0, &when, NULL), "timerfd_settime");
  announce((struct answer){.object = "expires in 99"});
  must(read(fd, &value, sizeof value), "read");
}

static void signal_read(void) {
  struct signalfd_siginfo info;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, NULL);
  const int fd = must(signalfd(-1, &set, 0), "signalfd");
  announce((struct answer){.object = "SIGUSR2"});
  must(read(fd, &info, sizeof info), "read");
}

static void inotify_read(void) {
  char block[4096];
  struct answer answer = {.has_folder = 1};
  const char* folder = private_folder();
  snprintf(answer.object, sizeof answer.object, "changes of %s", folder);
  must(open(folder, O_RDONLY | O_DIRECTORY), "open"); // its name is known only by that
  const int fd = must(inotify_init1(0), "inotify_init1");
  must(inotify_add_watch(fd, folder, IN_CREATE), "inotify_add_watch");
  announce(answer);
  must(read(fd, block, sizeof block), "read");
}

const struct way many_ways[] = {{"poll", poll_many, 0},
                                {"ppoll", ppoll_many, 0},
                                {"select", select_many, 0},
                                {"epoll", epoll_many, 0},
                                {"eventfd", event_read, 0},
                                {"timerfd", timer_read, 0},
                                {"signalfd", signal_read, 0},
                                {"inotify", inotify_read, 0},
                                {0}};
