// options:
#include <sys/uio.h>

#include "call.h"

static void registered(unsigned operation, const void *argument, size_t size, unsigned count) {
  char *const end = page_end(size);
  memcpy(end, argument, size);
  syscall(SYS_io_uring_register, -1, operation, end, count);
}

int main(void) {
  const int skipped[] = {-1, -2, -3};
  const uint32_t update[] = {7, 0, 0, 0};
  const uint64_t files[] = {7, (uintptr_t)skipped};
  const uint64_t tags[] = {1, 2, 3};
  const uint64_t replaced[] = {7, (uintptr_t)skipped, (uintptr_t)tags, 3};
  const unsigned char restrictions[3][16] = {{0, 0, 4}, {1, 0, 5}, {3, 0, 9, 1}};
  const uint32_t workers[] = {1, 2};
  unsigned char probe[16 + 2 * 8] = {0};
  mark();
  registered(6, files, sizeof files, 3);
  registered(6, update, sizeof update, 0);
  registered(8, probe, sizeof probe, 2);
  probe[1] = 9, probe[16] = 2, probe[18] = 1, probe[24] = 200;
  registered(8, probe, sizeof probe, 2);
  registered(8, probe, sizeof probe, 3);
  registered(11, restrictions, sizeof restrictions, 3);
  registered(14, replaced, sizeof replaced, sizeof replaced);
  registered(19, workers, sizeof workers, 3);
  syscall(SYS_io_uring_enter, -1, 1, 2, 0xfUL & ~8UL, NULL, 8L);
  mark();
  return 0;
}
