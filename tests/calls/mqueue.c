// options: 
#include "call.h"

int main(void) {
  mark();
  long attr[8] = {O_NONBLOCK, 5, 64, 0};
  syscall(SYS_mq_open, "nonexistent_queue", O_RDONLY);
  syscall(SYS_mq_open, "bad/name", O_CREAT | O_RDWR, 0600, attr);
  syscall(SYS_mq_unlink, "nonexistent_queue");
  struct timespec at = {1, 2};
  syscall(SYS_mq_timedsend, -1, "message", 7L, 5, &at);
  char buffer[8];
  unsigned priority;
  syscall(SYS_mq_timedreceive, -1, buffer, 8L, &priority, NULL);
  syscall(SYS_mq_getsetattr, -1, attr, NULL);
  mark();
  return 0;
}
