// Makes one way of waiting and says who is to blame: `waiters WAY` sets the situation up with real
// processes and threads, prints one JSON line with the waiter and the right answer, and then waits.
// `waiters --list` prints the ways, one a line. Everything it starts dies with it.
#include "waiters.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void die(const char* what) {
  perror(what);
  exit(77);
}

int must(int result, const char* what) {
  if (result < 0) die(what);
  return result;
}

pid_t thread_id(void) { return (pid_t)syscall(SYS_gettid); }

void sleep_forever(void) {
  for (;;) sleep(1000);
}

pid_t helper(void (*body)(void*), void* argument) {
  const pid_t parent = getpid();
  const pid_t child = must(fork(), "fork");
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  body(argument);
  sleep_forever();
  return 0;
}

void hold_only(void* kept) {
  const int* keep = kept;
  for (int fd = 3; fd < 64; ++fd) {
    int found = 0;
    for (const int* k = keep; *k >= 0; ++k) found |= *k == fd;
    if (!found) close(fd);
  }
}

const char* private_folder(void) {
  static char folder[64];
  if (folder[0] == 0) {
    snprintf(folder, sizeof folder, "/tmp/waiters.XXXXXX");
    if (mkdtemp(folder) == NULL) die("mkdtemp");
  }
  return folder;
}

void announce(struct answer answer) {
  if (answer.pid == 0) answer.pid = getpid();
  if (answer.tid == 0) answer.tid = answer.pid == getpid() ? thread_id() : answer.pid;
  printf("{\"pid\": %d, \"tid\": %d, \"culprit_pid\": %d, \"culprit_tid\": %d, \"object\": \"%s\", "
         "\"folder\": \"%s\"}\n",
         answer.pid, answer.tid, answer.culprit_pid, answer.culprit_tid, answer.object,
         answer.has_folder ? private_folder() : "");
  fflush(stdout);
}

static const struct way* const families[] = {channel_ways,  socket_ways, many_ways, futex_ways,
                                             lock_ways,     child_ways,  time_ways, ipc_ways,
                                             stopped_ways,  device_ways, mount_ways, disk_ways,
                                             nfs_ways};

int main(int argc, char** argv) {
  const int list = argc == 2 && strcmp(argv[1], "--list") == 0;
  if (argc != 2) {
    fprintf(stderr, "usage: waiters WAY | --list\n");
    return 2;
  }
  for (size_t family = 0; family < sizeof families / sizeof *families; ++family) {
    for (const struct way* way = families[family]; way->name != NULL; ++way) {
      if (list) {
        static const char* const needs[] = {"", " root", " root owner", " root machine"};
        printf("%s%s\n", way->name, needs[way->needs_root]);
      } else if (strcmp(way->name, argv[1]) == 0) {
        way->wait();
        fprintf(stderr, "waiters: %s: it did not wait: %s\n", way->name, strerror(errno));
        return 1;
      }
    }
  }
  if (!list) fprintf(stderr, "waiters: no way '%s': see --list\n", argv[1]);
  return list ? 0 : 2;
}
