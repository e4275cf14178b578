#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "../call.h"

// A stopped child has registers, a call that it is in, and signals that wait.
static pid_t stopped_child(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);  // SIGCHLD would come whenever it likes
  const pid_t child = fork();
  if (child == 0) {
    syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0L, 0L);
    kill(getpid(), SIGSTOP);
    syscall(SYS_chdir, "", 1L, 2L, 3L, 4L, 5L);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  unsigned char floats[512];
  ptrace(PTRACE_GETFPREGS, child, 0, floats);
  memset(floats + 160, 0x5a, 256);  // vectors hold what is left of whatever ran before
  ptrace(PTRACE_SETFPREGS, child, 0, floats);
  return child;
}

static void look_at(pid_t child) {
  int status;
  const int sizes[] = {0, 7, 8, 16, 208, 216, 217, 224, 512, 520};
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
    for (long set = 1; set <= 3; ++set) {
      struct iovec *const regs = (void *)page_end(sizeof *regs);
      char *const room = page_end(sizes[i]);
      regs->iov_base = room;
      regs->iov_len = sizes[i];
      syscall(SYS_ptrace, PTRACE_GETREGSET, child, set, regs);
    }
  }
  syscall(SYS_ptrace, PTRACE_GETREGS, child, 0L, page_end(216));
  char *const floats = page_end(512);
  syscall(SYS_ptrace, PTRACE_GETFPREGS, child, 0L, floats);
  syscall(SYS_ptrace, PTRACE_SETFPREGS, child, 0L, floats);
  kill(child, SIGUSR1);
  kill(child, SIGUSR2);
  struct __ptrace_peeksiginfo_args wanted = {.off = 0, .flags = PTRACE_PEEKSIGINFO_SHARED, .nr = 4};
  siginfo_t *const found = (void *)page_end(4 * sizeof *found);
  syscall(SYS_ptrace, PTRACE_PEEKSIGINFO, child, &wanted, found);
  wanted.flags = 2;
  syscall(SYS_ptrace, PTRACE_PEEKSIGINFO, child, &wanted, found);
  for (int stop = 0; stop < 3; ++stop) {
    for (long size = 0; size <= 96; size += stop == 0 ? 12 : 5) {
      syscall(SYS_ptrace, PTRACE_GET_SYSCALL_INFO, child, size, page_end(size));
    }
    ptrace(PTRACE_SYSCALL, child, 0, 0);
    waitpid(child, &status, 0);
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
}

int main(void) {
  const pid_t child = stopped_child();
  mark();
  look_at(child);
  mark();
  return 0;
}
