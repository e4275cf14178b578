// Eight threads, each with calls of its own; they run one after the other, so that the order is fixed.
#include <pthread.h>
#include <unistd.h>

static void *work(void *number) {
  close(100 + (int)(long)number);
  return number;
}

int main(void) {
  for (long i = 0; i < 8; ++i) {
    pthread_t thread;
    pthread_create(&thread, 0, work, (void *)i);
    pthread_join(thread, 0);
  }
  return 0;
}
