// options: 
#include "call.h"
#include <sys/uio.h>

int main(void) {
  mark();
  char buffer[16] = "remote bytes", into[16];
  struct iovec local = {into, 12}, remote = {buffer, 12};
  syscall(SYS_process_vm_readv, getpid(), &local, 1L, &remote, 1L, 0L);
  syscall(SYS_process_vm_writev, getpid(), &remote, 1L, &local, 1L, 0L);
  syscall(SYS_process_vm_readv, -1, &local, 1L, BAD, 1L, 1L);
  syscall(SYS_process_madvise, -1, &local, 1L, MADV_COLD, 0);
  mark();
  return 0;
}
