// File locks and leases.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "waiters.h"

struct holder {
  char path[128];
  void (*take)(int fd);
  int ready[2];
};

static void hold_lock(void* argument) {
  struct holder* holder = argument;
  char byte = 0;
  signal(SIGIO, SIG_IGN);
  hold_only((int[]){holder->ready[1], -1});
  const int fd = must(open(holder->path, O_RDWR | O_CREAT, 0600), "open");
  holder->take(fd);
  must(write(holder->ready[1], &byte, 1), "write");
}

static struct answer held_by_helper(void (*take)(int fd)) {
  struct holder holder = {.take = take};
  struct answer answer = {.has_folder = 1};
  char byte;
  snprintf(holder.path, sizeof holder.path, "%s/locked", private_folder());
  snprintf(answer.object, sizeof answer.object, "%s", holder.path);
  must(pipe(holder.ready), "pipe");
  answer.culprit_pid = helper(hold_lock, &holder);
  must(read(holder.ready[0], &byte, 1), "read");
  return answer;
}

static void take_flock(int fd) { must(flock(fd, LOCK_EX), "flock"); }
static void take_record(int fd, int command) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
  must(fcntl(fd, command, &lock), "fcntl");
}
static void take_posix(int fd) { take_record(fd, F_SETLKW); }
static void take_ofd(int fd) { take_record(fd, F_OFD_SETLKW); }
static void take_lease(int fd) { must(fcntl(fd, F_SETLEASE, F_WRLCK), "F_SETLEASE"); }

static void wait_to_take(void (*take)(int fd)) {
  const struct answer answer = held_by_helper(take);
  const int fd = must(open(answer.object, O_RDWR), "open");
  announce(answer);
  take(fd);
}

static void flock_wait(void) { wait_to_take(take_flock); }
static void posix_wait(void) { wait_to_take(take_posix); }
static void ofd_wait(void) { wait_to_take(take_ofd); }
static void lease_wait(void) {
  const struct answer answer = held_by_helper(take_lease);
  announce(answer);
  must(open(answer.object, O_RDWR), "open");
}

const struct way lock_ways[] = {{"flock", flock_wait, 0},
                                {"posix-lock", posix_wait, 0},
                                {"ofd-lock", ofd_wait, 0},
                                {"lease", lease_wait, 0},
                                {0}};
