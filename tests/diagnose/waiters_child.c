// Children, pidfds and vfork.
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "waiters.h"

static void nothing(void* unused) { (void)unused; }

static void wait4_any(void) {
  announce((struct answer){.culprit_pid = helper(nothing, NULL), .object = "child"});
  must(wait4(-1, NULL, 0, NULL), "wait4");
}

static void wait4_one(void) {
  helper(nothing, NULL);
  const pid_t child = helper(nothing, NULL);
  announce((struct answer){.culprit_pid = child, .object = "child"});
  must(waitpid(child, NULL, 0), "waitpid");
}

static void waitid_child(void) {
  siginfo_t info;
  const pid_t child = helper(nothing, NULL);
  announce((struct answer){.culprit_pid = child, .object = "child"});
  must(waitid(P_PID, child, &info, WEXITED), "waitid");
}

static void waitid_pidfd(void) {
  siginfo_t info;
  const pid_t child = helper(nothing, NULL);
  const int fd = must((int)syscall(SYS_pidfd_open, child, 0), "pidfd_open");
  announce((struct answer){.culprit_pid = child, .object = "child"});
  must(waitid((idtype_t)3, fd, &info, WEXITED), "waitid");
}

static void poll_pidfd(void) {
  const pid_t child = helper(nothing, NULL);
  struct pollfd wanted = {must((int)syscall(SYS_pidfd_open, child, 0), "pidfd_open"), POLLIN, 0};
  announce((struct answer){.culprit_pid = child, .object = "pidfd"});
  must(poll(&wanted, 1, -1), "poll");
}

// The waiter is the thread that called vfork; its child says so, for it cannot itself.
static void vfork_wait(void) {
  const pid_t waiter = getpid();
  static volatile pid_t parent;
  parent = waiter;
  const pid_t child = vfork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    announce((struct answer){.pid = parent, .tid = parent, .culprit_pid = (pid_t)syscall(SYS_getpid),
                             .object = "vfork"});
    for (;;) pause();
  }
}

const struct way child_ways[] = {{"wait4-any", wait4_any, 0},
                                 {"wait4-one", wait4_one, 0},
                                 {"waitid", waitid_child, 0},
                                 {"waitid-pidfd", waitid_pidfd, 0},
                                 {"pidfd-poll", poll_pidfd, 0},
                                 {"vfork", vfork_wait, 0},
                                 {0}};
