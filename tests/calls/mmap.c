// options: 
#include "call.h"

int main(void) {
  mark();
  char *p = (void *)syscall(SYS_mmap, NULL, 8192L, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
  syscall(SYS_mmap, p, 4096L, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0L);
  syscall(SYS_mmap, NULL, 4096L, PROT_READ, MAP_PRIVATE, -1, 4096L);
  syscall(SYS_mmap, NULL, 4096L, PROT_READ | PROT_EXEC, MAP_SHARED_VALIDATE | MAP_SYNC, -1, 0x10000L);
  syscall(SYS_mmap, NULL, 0L, 0x100, 0x7 | MAP_NORESERVE | MAP_POPULATE, -1, 0L);
  syscall(SYS_mmap, NULL, 4096L, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_GROWSDOWN | MAP_LOCKED, -1, 0L);
  syscall(SYS_mmap, NULL, 4096L, PROT_READ, MAP_PRIVATE | MAP_HUGETLB | (21 << 26), -1, 0L);
  syscall(SYS_mprotect, p, 4096L, PROT_READ | PROT_WRITE | PROT_GROWSDOWN);
  syscall(SYS_mprotect, p, 4096L, 0x1000L);
  syscall(SYS_mremap, p, 4096L, 8192L, MREMAP_MAYMOVE);
  syscall(SYS_mremap, p, 4096L, 4096L, MREMAP_FIXED | 8, 0x1000);
  syscall(SYS_msync, p, 4096L, MS_SYNC);
  syscall(SYS_msync, p, 4096L, 0x18);
  syscall(SYS_madvise, p, 4096L, MADV_DONTNEED);
  syscall(SYS_madvise, p, 4096L, 12345);
  syscall(SYS_munmap, p, 4096L);
  syscall(SYS_munmap, 1L, 0L);
  syscall(SYS_brk, 0L);
  mark();
  return 0;
}
