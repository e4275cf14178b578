// Waits that others impose: stops, tracers, the freezer, the bandwidth limit of a control group.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "waiters.h"

static void sigstop(void) {
  announce((struct answer){.object = "SIGSTOP"});
  raise(SIGSTOP);
  sleep_forever();
}

static void sleep_in_child(void* unused) {
  (void)unused;
  sleep_forever();
}

static void ptrace_stop(void) {
  int status;
  const pid_t tracee = helper(sleep_in_child, NULL);
  must((int)ptrace(PTRACE_SEIZE, tracee, 0, 0), "PTRACE_SEIZE");
  must((int)ptrace(PTRACE_INTERRUPT, tracee, 0, 0), "PTRACE_INTERRUPT");
  must(waitpid(tracee, &status, __WALL), "waitpid");
  announce((struct answer){.pid = tracee, .culprit_pid = getpid(), .object = "trace"});
  sleep_forever();
}

static void zombie(void) {
  const pid_t child = must(fork(), "fork");
  siginfo_t info;
  if (child == 0) _exit(3);
  must(waitid(P_PID, child, &info, WEXITED | WNOWAIT), "waitid");
  announce((struct answer){.pid = child, .culprit_pid = getpid(), .object = "zombie"});
  sleep_forever();
}

static int put(const char* folder, const char* file, const char* text) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, file);
  const int fd = open(path, O_WRONLY);
  if (fd < 0) return -1;
  const ssize_t written = write(fd, text, strlen(text));
  close(fd);
  return written < 0 ? -1 : 0;
}

static void spin(void* unused) {
  (void)unused;
  for (;;) __asm__ volatile("");
}

// Makes a control group below the first of `roots` that has `file`; whoever started the program
// removes it, for a group with members cannot go.
static void in_group(void (*body)(void*), const char* const* roots, const char* file,
                     const char* text, const char* object) {
  struct answer answer = {.object = ""};
  char group[128] = "", path[256], number[16];
  const pid_t child = helper(body, NULL);
  for (; *roots != NULL && group[0] == 0; ++roots) {
    snprintf(group, sizeof group, "%s/syscope-waiters-%d", *roots, getpid());
    if (mkdir(group, 0700) != 0) group[0] = 0;
    if (group[0] == 0) continue;
    snprintf(path, sizeof path, "%s/%s", group, file);
    if (access(path, W_OK) != 0) {
      rmdir(group);
      group[0] = 0;
    }
  }
  if (group[0] == 0) die("no such control group controller");
  snprintf(number, sizeof number, "%d", child);
  must(put(group, "cgroup.procs", number), "cgroup.procs");
  must(put(group, file, text), file);
  answer.pid = child;
  snprintf(answer.object, sizeof answer.object, "%s", object);
  announce(answer);
  // The freezer must not outlive the test: standard input closes when the test is done.
  char byte;
  while (read(0, &byte, 1) > 0) continue;
  put(group, "cgroup.freeze", "0");
  put(group, "freezer.state", "THAWED");
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  for (int tries = 0; tries < 100 && rmdir(group) != 0; ++tries) usleep(20000);
  exit(0);
}

static void frozen(void) {
  in_group(sleep_in_child, (const char* const[]){"/sys/fs/cgroup/unified", "/sys/fs/cgroup", NULL},
           "cgroup.freeze", "1", "frozen");
}
static void frozen_v1(void) {
  in_group(sleep_in_child, (const char* const[]){"/sys/fs/cgroup/freezer", NULL}, "freezer.state",
           "FROZEN", "frozen");
}
static void throttled(void) {
  if (access("/sys/fs/cgroup/cpu", F_OK) == 0) {
    in_group(spin, (const char* const[]){"/sys/fs/cgroup/cpu", NULL}, "cpu.cfs_quota_us", "2000",
             "throttled");
  } else {
    in_group(spin, (const char* const[]){"/sys/fs/cgroup", NULL}, "cpu.max", "2000 100000",
             "throttled");
  }
}

// Takes up memory, more than the group may have without being slowed down; never much for the machine.
static void take_memory(void* unused) {
  enum { STEP = 4096, MOST = 32 << 20 };
  (void)unused;
  char* memory = mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) die("mmap");
  for (;;) {
    for (size_t at = 0; at < MOST; at += STEP) {
      memory[at] = 1;
      usleep(1000);
    }
    madvise(memory, MOST, MADV_DONTNEED);
  }
}
static void memory_high(void) {
  in_group(take_memory, (const char* const[]){"/sys/fs/cgroup/unified", "/sys/fs/cgroup", NULL},
           "memory.high", "131072", "memory.high");
}

const struct way stopped_ways[] = {{"sigstop", sigstop, 0},   {"ptrace-stop", ptrace_stop, 0},
                                   {"zombie", zombie, 0},     {"frozen", frozen, 1},
                                   {"frozen-v1", frozen_v1, 1}, {"throttled", throttled, 1},
                                   {"memory-high", memory_high, 1},
                                   {0}};
