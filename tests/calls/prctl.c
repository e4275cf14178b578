// options: 
#include "call.h"
#include <sys/prctl.h>

int main(void) {
  mark();
  char name[16] = "a name";
  int number;
  syscall(SYS_prctl, PR_SET_NAME, "sixteen characters and more");
  syscall(SYS_prctl, PR_GET_NAME, name);
  syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGUSR1);
  syscall(SYS_prctl, PR_GET_PDEATHSIG, &number);
  syscall(SYS_prctl, PR_GET_DUMPABLE);
  syscall(SYS_prctl, PR_SET_DUMPABLE, 1L);
  syscall(SYS_prctl, PR_SET_DUMPABLE, 77L);
  syscall(SYS_prctl, PR_GET_KEEPCAPS);
  syscall(SYS_prctl, PR_CAPBSET_READ, 5L);
  syscall(SYS_prctl, PR_CAPBSET_READ, 77L);
  syscall(SYS_prctl, PR_GET_TSC, &number);
  syscall(SYS_prctl, PR_GET_SECUREBITS);
  syscall(SYS_prctl, PR_SET_SECUREBITS, 0x80000001L);
  syscall(SYS_prctl, PR_GET_TIMERSLACK);
  syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1L);
  syscall(SYS_prctl, PR_GET_CHILD_SUBREAPER, &number);
  syscall(SYS_prctl, PR_GET_CHILD_SUBREAPER, BAD);
  syscall(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L);
  syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 5L, 0L, 0L);
  syscall(SYS_prctl, PR_GET_SPECULATION_CTRL, 77L, 0L, 0L, 0L);
  syscall(SYS_prctl, PR_SET_MM, PR_SET_MM_BRK, 1L, 0L, 1L);
  syscall(SYS_prctl, PR_SET_VMA, 0L, BAD, 4096L, "name");
  syscall(SYS_prctl, PR_MCE_KILL_GET, 0L, 0L, 0L, 0L);
  syscall(SYS_prctl, PR_SET_PTRACER, -1L);
  syscall(SYS_prctl, 4711, 1L, 2L, 3L, 4L);
  syscall(SYS_arch_prctl, 0x1003, name);
  syscall(SYS_arch_prctl, 0x4711, 5L);
  syscall(SYS_personality, 0xffffffff);
  syscall(SYS_personality, 0x00400000);
  mark();
  return 0;
}
