/* Opens a file, a pipe and a copy of a descriptor again and again, each by functions of its own, and never
 * closes one. Functions stay as they are written: the test knows their names. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEPT __attribute__((noinline, noclone))

KEPT int open_config(const char *name) {
  const int file = open(name, O_RDONLY);
  __asm__ volatile(""); /* no tail call */
  return file;
}

KEPT void reload(void) {
  char name[64];
  snprintf(name, sizeof name, "/etc/%s", "passwd");
  const int file = open_config(name);
  if (file < 0 || fcntl(file, F_GETFL) < 0 || fcntl(file, F_GETFD) < 0) abort();
}

KEPT void make_channel(void) {
  int ends[2];
  if (pipe(ends) != 0) abort();
}

KEPT void keep_copy(int file) {
  if (fcntl(file, F_DUPFD_CLOEXEC, 3) < 0) abort();
}

int main(void) {
  const int null = open("/dev/null", O_WRONLY);
  for (int turn = 0;; turn++) {
    reload();
    if (turn % 2 == 0) make_channel();
    if (turn % 4 == 0) keep_copy(null);
    usleep(10000);
  }
}
