// What the programs of this folder share: each makes real system calls with interesting arguments.
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// An address that no process can read.
#define BAD ((void *)0xdeadbeef000UL)

// The calls before and after this one belong to the C library; only those between two marks count.
static inline void mark(void) { syscall(SYS_alarm, 4242); }

// The last bytes of a page that ends in unreadable memory.
static inline char *page_end(size_t bytes) {
  char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(page + 4096, 4096, PROT_NONE);
  return page + 4096 - bytes;
}
