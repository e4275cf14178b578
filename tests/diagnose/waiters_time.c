// Sleeps, signals, and not waiting at all.
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "waiters.h"

static void nanosleep_wait(void) {
  const struct timespec time = {.tv_sec = 1000};
  announce((struct answer){.object = "1000 s"});
  nanosleep(&time, NULL);
}

static void sleep_until(void) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += 1000;
  announce((struct answer){.object = "still 99"});
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void select_sleep(void) {
  struct timeval time = {.tv_sec = 1000};
  announce((struct answer){.object = "no descriptor"});
  select(0, NULL, NULL, NULL, &time);
}

static void pause_wait(void) {
  announce((struct answer){.object = "signal"});
  pause();
}

static void sigsuspend_wait(void) {
  sigset_t set;
  sigfillset(&set);
  sigdelset(&set, SIGUSR1);
  announce((struct answer){.object = "SIGUSR1"});
  sigsuspend(&set);
}

static void sigwait_wait(void) {
  sigset_t set;
  int signal;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, NULL);
  announce((struct answer){.object = "SIGUSR2"});
  sigwait(&set, &signal);
}

static void running(void) {
  announce((struct answer){.object = "not blocked"});
  for (;;) __asm__ volatile("");
}

static void spin(void* unused) {
  (void)unused;
  for (;;) __asm__ volatile("");
}
static void starved(void) {
  cpu_set_t one;
  int cpu;
  sched_getaffinity(0, sizeof one, &one);
  for (cpu = 0; !CPU_ISSET(cpu, &one);) ++cpu;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  must(sched_setaffinity(0, sizeof one, &one), "sched_setaffinity");
  const pid_t hog = helper(spin, NULL);
  /* As root, the hog also goes before whatever else the machine does on that CPU. */
  struct sched_param urgent = {.sched_priority = 1};
  sched_setscheduler(hog, SCHED_FIFO, &urgent);
  struct sched_param idle = {0};
  must(sched_setscheduler(0, SCHED_IDLE, &idle), "SCHED_IDLE");
  announce((struct answer){.culprit_pid = hog, .object = "runnable"});
  for (;;) __asm__ volatile("");
}

const struct way time_ways[] = {{"nanosleep", nanosleep_wait, 0},
                                {"sleep-until", sleep_until, 0},
                                {"select-sleep", select_sleep, 0},
                                {"pause", pause_wait, 0},
                                {"sigsuspend", sigsuspend_wait, 0},
                                {"sigwait", sigwait_wait, 0},
                                {"running", running, 0},
                                {"starved", starved, 0},
                                {0}};
