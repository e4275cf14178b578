/* loop read COUNT: COUNT pairs of 1-byte read and write calls; prints ns per call.
 * loop stat COUNT: COUNT calls of stat on a path, and COUNT that fail. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "usage: loop read|stat COUNT\n"), 2;
  long count = atol(argv[2]);
  int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
  char byte;
  struct stat st;
  double start = now();
  if (strcmp(argv[1], "read") == 0) {
    for (long i = 0; i < count; i++)
      if (read(zero, &byte, 1) != 1 || write(null, &byte, 1) != 1) return 1;
  } else {
    for (long i = 0; i < count; i++)
      if (stat("/etc/passwd", &st) != 0 || stat("/nonexistent", &st) == 0) return 1;
  }
  printf("%.1f\n", (now() - start) / (2.0 * count));
  return 0;
}
