// options: 
#include "call.h"
#include <linux/futex.h>

int main(void) {
  mark();
  int word = 7, other = 8;
  struct timespec timeout = {0, 1000};
  syscall(SYS_futex, &word, FUTEX_WAIT, 8, NULL);
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 7, &timeout);
  syscall(SYS_futex, &word, FUTEX_WAIT, 7, BAD);
  syscall(SYS_futex, &word, FUTEX_WAKE, 1);
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 0x7fffffff);
  syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 8, NULL, NULL, -1);
  syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 8, NULL, NULL, 5);
  syscall(SYS_futex, &word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 3);
  syscall(SYS_futex, &word, FUTEX_REQUEUE, 1, 2L, &other);
  syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE, 1, 2L, &other, 9);
  syscall(SYS_futex, &word, FUTEX_WAKE_OP, 1, 2L, &other, 0x41001001);
  syscall(SYS_futex, &word, FUTEX_UNLOCK_PI);
  syscall(SYS_futex, &word, FUTEX_TRYLOCK_PI_PRIVATE);
  syscall(SYS_futex, &word, 77, 1L, 2L, 3L, 4L);
  syscall(SYS_futex, NULL, FUTEX_WAKE, 1);
  syscall(SYS_set_robust_list, BAD, 24L);
  void *head;
  unsigned long length;
  syscall(SYS_get_robust_list, 0, BAD, BAD);
  syscall(SYS_get_robust_list, -1, &head, &length);
  mark();
  return 0;
}
