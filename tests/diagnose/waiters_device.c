// Terminals, page faults served by others, and system calls that another process decides on.
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "waiters.h"

// The name of the other side of a fresh pseudo-terminal whose master a helper holds.
static const char* new_terminal(pid_t* master_holder) {
  static char name[64];
  const int master = must(posix_openpt(O_RDWR | O_NOCTTY), "posix_openpt");
  must(grantpt(master), "grantpt");
  must(unlockpt(master), "unlockpt");
  must(ptsname_r(master, name, sizeof name), "ptsname_r");
  *master_holder = helper(hold_only, (int[]){master, -1});
  close(master);
  return name;
}

static void tty_read(void) {
  struct answer answer = {0};
  char byte;
  const char* name = new_terminal(&answer.culprit_pid);
  const int fd = must(open(name, O_RDWR | O_NOCTTY), "open");
  snprintf(answer.object, sizeof answer.object, "%s", name);
  announce(answer);
  must(read(fd, &byte, 1), "read");
}

// A background process that reads its terminal is stopped by SIGTTIN.
static void tty_background(void) {
  char byte;
  pid_t master_holder;
  const char* name = new_terminal(&master_holder);
  setsid();
  const int fd = must(open(name, O_RDWR), "open");
  const pid_t child = helper(hold_only, (int[]){fd, -1});
  setpgid(child, child);
  const pid_t reader = must(fork(), "fork");
  if (reader == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, child);
    must(read(fd, &byte, 1), "read");
    sleep_forever();
  }
  int status;
  must(waitpid(reader, &status, WUNTRACED), "waitpid");
  announce((struct answer){.pid = reader, .object = "background"});
  sleep_forever();
}

// A page that whoever has the descriptor `fd` must provide.
static char* page_from(int fd) {
  struct uffdio_api api = {.api = UFFD_API};
  must(ioctl(fd, UFFDIO_API, &api), "UFFDIO_API");
  char* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct uffdio_register range = {.range = {(unsigned long)page, 4096},
                                  .mode = UFFDIO_REGISTER_MODE_MISSING};
  must(ioctl(fd, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
  return page;
}

static void fault_wait(void) {
  const int fd = must((int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY),
                      "userfaultfd");
  char* page = page_from(fd);
  const pid_t server = helper(hold_only, (int[]){fd, -1});
  close(fd);
  announce((struct answer){.culprit_pid = server, .object = "userfaultfd"});
  *(volatile char*)page = 1;
}

static int kernel_has(const char* field) {
  char command[128];
  snprintf(command, sizeof command, "grep -qaw %s /sys/kernel/btf/vmlinux", field);
  return system(command) == 0;
}

// Reads into memory that does not come, and has the pipe's mutex meanwhile.
static void read_into_nothing(void* pipe_end) {
  const int fd = must((int)syscall(SYS_userfaultfd, O_CLOEXEC), "userfaultfd");
  must((int)read(*(int*)pipe_end, page_from(fd), 1), "read");
}

static void read_byte(void* pipe_end) {
  char byte;
  must((int)read(*(int*)pipe_end, &byte, 1), "read");
}

// The kernel must record which lock a thread sleeps for: nothing else tells whose the mutex is.
static void kernel_mutex(void) {
  struct answer answer = {.object = "lock of the kernel"};
  int ends[2];
  if (!kernel_has("blocker")) die("the kernel does not keep task->blocker");
  must(pipe(ends), "pipe");
  must((int)write(ends[1], "xy", 2), "write");
  answer.culprit_pid = helper(read_into_nothing, &ends[0]);
  usleep(300000);  // until it sleeps, which takes it a few microseconds
  answer.pid = helper(read_byte, &ends[0]);
  announce(answer);
  sleep_forever();
}

static void seccomp_wait(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const struct sock_fprog program = {sizeof code / sizeof *code, code};
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
  const int fd = must((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                   SECCOMP_FILTER_FLAG_NEW_LISTENER, &program),
                      "seccomp");
  const pid_t server = helper(hold_only, (int[]){fd, -1});
  close(fd);
  announce((struct answer){.culprit_pid = server, .object = "seccomp"});
  must((int)syscall(SYS_getpriority, 0, 0), "getpriority");
}

const struct way device_ways[] = {{"tty-read", tty_read, 0},
                                  {"tty-background", tty_background, 0},
                                  {"userfaultfd", fault_wait, 1},
                                  {"kernel-mutex", kernel_mutex, 1},
                                  {"seccomp-notify", seccomp_wait, 0},
                                  {0}};
