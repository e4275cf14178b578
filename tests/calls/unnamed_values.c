// Values that no constant names, in enumerations, flags and fields within flags; prctl of other machines.
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "call.h"

static void processor_controls(void) {
  static const unsigned long tags[] = {0, 5, 0x57ae57f4, ~0UL}, vectors[] = {0, 0x10000, 0x600ff, 0xfac80000};
  for (int i = 0; i < 4; ++i) {
    prctl(PR_SET_TAGGED_ADDR_CTRL, tags[i], 1, 2, 3);
    prctl(PR_SVE_SET_VL, vectors[i]);
    prctl(63, vectors[i]);
    prctl(PR_PAC_RESET_KEYS, 1UL << 3 * i, 1, 0, 0);
    prctl(60, 0x1f, vectors[i], 0, 1);
    prctl(PR_SET_FP_MODE, 1UL << i);
  }
  prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 5, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 3, 0, 0);
  prctl(PR_SET_NAME, "123456789abcdef");
  prctl(PR_SET_PDEATHSIG, 0xbadc0dedL);
  prctl(PR_SET_SECCOMP, 77, 1, 2, 3);
}

static void permissions(void) {
  shmget(0x4242, -1, 0125);
  shmget(0x4242, -1, IPC_CREAT | IPC_EXCL | SHM_HUGETLB | 21 << 26 | 07);
  shmget(0x4242, -1, 0x2ce0000 | 0125);
  syscall(SYS_umask, 0xffff0022);
}

static void memory_that_ends(void) {
  struct iovec *vectors = (void *)page_end(sizeof *vectors);
  *vectors = (struct iovec){"vector", 6};
  char **words = (void *)page_end(sizeof *words);
  *words = "word";
  unsigned *groups = (void *)page_end(2 * sizeof *groups);
  groups[0] = groups[1] = 77;
  writev(-1, vectors, 3);
  execve("/nowhere", words, 0);
  syscall(SYS_setgroups, 3, groups);
  syscall(SYS_rt_sigsuspend, groups, 4);
  syscall(SYS_sched_setaffinity, 0, 0, groups);
}

int main(void) {
  mark();
  processor_controls();
  permissions();
  memory_that_ends();
  syscall(SYS_mmap, 0, 1, PROT_READ, 7 | MAP_FIXED | MAP_HUGETLB | 5u << 26, -1, 0);
  syscall(SYS_mmap, 0, 1, PROT_READ, MAP_PRIVATE | 0x2000000, -1, 0);
  syscall(SYS_socket, AF_UNIX, 0xf | SOCK_CLOEXEC, 0);
  syscall(SYS_socket, AF_UNIX, SOCK_RAW | 0x100000, 0);
  syscall(SYS_syslog, -77, 0, 0);
  syscall(SYS_add_key, "user", "a\0b", "\0017\0018\0019", 6, 1234567890);
  struct timespec odd = {1, -1};
  nanosleep(&odd, 0);
  mark();
  return 0;
}
