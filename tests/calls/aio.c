// options: 
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/uio.h>

#include "call.h"

int main(void) {
  char buffer[16] = "hello";
  struct iovec vector = {buffer, 5};
  struct iocb read = {.aio_data = 0x11,
                      .aio_lio_opcode = IOCB_CMD_PREAD,
                      .aio_buf = (uint64_t)buffer,
                      .aio_nbytes = sizeof buffer,
                      .aio_offset = 3};
  struct iocb write = {.aio_lio_opcode = IOCB_CMD_PWRITE,
                       .aio_fildes = 1,
                       .aio_buf = (uint64_t)buffer,
                       .aio_nbytes = 5,
                       .aio_flags = IOCB_FLAG_RESFD,
                       .aio_resfd = 2};
  struct iocb gather = {
      .aio_lio_opcode = IOCB_CMD_PWRITEV, .aio_buf = (uint64_t)&vector, .aio_nbytes = 1};
  struct iocb poll = {.aio_lio_opcode = IOCB_CMD_POLL, .aio_buf = POLLIN};
  struct iocb *all[] = {&read, &write, &gather, &poll};
  mark();
  syscall(SYS_io_submit, 0x55, 4L, all);
  syscall(SYS_io_submit, 0x55, 0L, all);
  syscall(SYS_io_submit, 0x55, 2L, BAD);
  all[1] = BAD;
  syscall(SYS_io_submit, 0x55, 2L, all);
  gather.aio_nbytes = ~0UL;
  gather.aio_buf = 0;
  read.aio_buf = 0;
  all[1] = &gather;
  syscall(SYS_io_submit, 0x55, 2L, all);
  syscall(SYS_io_cancel, 0x55, &read, NULL);
  mark();
  return 0;
}
