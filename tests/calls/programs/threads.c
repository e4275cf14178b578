// Eight threads, each with calls of its own; they run one after the other, so that the order is fixed.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

static void *work(void *number) {
  close(100 + (int)(long)number);
  return number;
}

// Joins without a call: whether pthread_join waits in futex(2) depends on which thread is faster.
static void join(pthread_t thread) {
  while (pthread_tryjoin_np(thread, 0) == EBUSY) {
  }
}

int main(void) {
  for (long i = 0; i < 8; ++i) {
    pthread_t thread;
    pthread_create(&thread, 0, work, (void *)i);
    join(thread);
  }
  return 0;
}
