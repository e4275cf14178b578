// options: -v
// Requests to a trusted execution environment, with their parameters.
#include "call.h"
#include <linux/tee.h>

enum { most = 10 };

static union {
  struct tee_ioctl_open_session_arg open;
  struct tee_ioctl_invoke_arg invoke;
  struct tee_iocl_supp_recv_arg receive;
  struct tee_iocl_supp_send_arg send;
  char bytes[64 + most * sizeof(struct tee_ioctl_param)];
} buffer;

static void fill(unsigned head) {
  memset(&buffer, 0, sizeof buffer);
  for (int i = 0; i < most; i++) {
    struct tee_ioctl_param *param = (struct tee_ioctl_param *)(buffer.bytes + head) + i;
    *param = (struct tee_ioctl_param){.attr = i < 8 ? i : i == 8 ? 0x101 : 0x105,
                                      .a = 0x10 + i, .b = 0x1000, .c = i};
  }
}

static void request(unsigned long op, unsigned head, int parameters) {
  struct tee_ioctl_buf_data data = {(uintptr_t)&buffer,
                                    head + parameters * sizeof(struct tee_ioctl_param)};
  syscall(SYS_ioctl, -1, op, &data);
  data.buf_len++;
  syscall(SYS_ioctl, -1, op, &data);
  data.buf_len = head - 1;
  syscall(SYS_ioctl, -1, op, &data);
  data.buf_len = head;
  data.buf_ptr = (uintptr_t)BAD;
  syscall(SYS_ioctl, -1, op, &data);
}

int main(void) {
  mark();
  for (int login = 0; login < 8; login++) {
    fill(sizeof buffer.open);
    buffer.open.clnt_login = login;
    memcpy(buffer.open.uuid, "0123456789abcdef", 16);
    buffer.open.clnt_uuid[1] = 3;
    buffer.open.cancel_id = 4;
    buffer.open.num_params = 1;
    request(TEE_IOC_OPEN_SESSION, sizeof buffer.open, 1);
  }
  fill(sizeof buffer.invoke);
  buffer.invoke.func = 1;
  buffer.invoke.session = 0xab;
  buffer.invoke.num_params = most;
  request(TEE_IOC_INVOKE, sizeof buffer.invoke, most);
  buffer.invoke.num_params = 0;
  request(TEE_IOC_INVOKE, sizeof buffer.invoke, 0);
  fill(sizeof buffer.receive);
  buffer.receive.func = 5;
  buffer.receive.num_params = 2;
  request(TEE_IOC_SUPPL_RECV, sizeof buffer.receive, 2);
  fill(sizeof buffer.send);
  buffer.send.num_params = 3;
  request(TEE_IOC_SUPPL_SEND, sizeof buffer.send, 3);
  mark();
}
