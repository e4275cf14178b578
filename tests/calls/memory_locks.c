// options: 
#include "call.h"

int main(void) {
  mark();
  char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  unsigned char vec[4];
  p[0] = 1;
  syscall(SYS_mincore, p, 4096L, vec);
  syscall(SYS_mincore, p, 4096L, BAD);
  syscall(SYS_mincore, 1L, 4096L, vec);
  syscall(SYS_mlock, p, 4096L);
  syscall(SYS_mlock2, p, 4096L, 1);
  syscall(SYS_mlock2, p, 4096L, 2);
  syscall(SYS_munlock, p, 4096L);
  syscall(SYS_mlockall, 0);
  syscall(SYS_mlockall, 0x17);
  syscall(SYS_munlockall);
  syscall(SYS_membarrier, 0, 0);
  syscall(SYS_membarrier, 8, 1, 2);
  syscall(SYS_membarrier, 0x10000, 0);
  syscall(SYS_pkey_free, -1);
  syscall(SYS_pkey_mprotect, p, 4096L, PROT_READ, -1);
  syscall(SYS_remap_file_pages, p, 4096L, 0, 0L, 0);
  mark();
  return 0;
}
