// options: 
#include "call.h"

int main(void) {
  mark();
  int fd = syscall(SYS_memfd_create, "sparse", 0);
  syscall(SYS_ftruncate, fd, 8192);
  syscall(SYS_lseek, fd, 100, SEEK_SET);
  syscall(SYS_lseek, fd, -10L, SEEK_CUR);
  syscall(SYS_lseek, fd, 0, SEEK_END);
  syscall(SYS_lseek, fd, 0, SEEK_DATA);
  syscall(SYS_lseek, fd, 0, SEEK_HOLE);
  syscall(SYS_lseek, fd, 0, 77);
  syscall(SYS_truncate, "/nonexistent", 5);
  syscall(SYS_ftruncate, fd, -1L);
  syscall(SYS_fallocate, fd, 0, 0, 4096);
  syscall(SYS_fallocate, fd, 3, 0L, 4096L);
  syscall(SYS_fallocate, fd, 0x7c, 0L, -1L);
  syscall(SYS_fallocate, fd, 0x1000, 1L, 2L);
  syscall(SYS_fsync, fd);
  syscall(SYS_fdatasync, -1);
  syscall(SYS_sync_file_range, fd, 0L, 4096L, 7);
  syscall(SYS_sync_file_range, fd, 0L, -1L, 8);
  syscall(SYS_fadvise64, fd, 0L, 0L, 4);
  syscall(SYS_fadvise64, fd, 0L, 0L, 77);
  syscall(SYS_readahead, fd, 0L, 10L);
  syscall(SYS_pread64, fd, BAD, 10L, 0L);
  mark();
  return 0;
}
