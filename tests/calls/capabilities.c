// options: 
#include "call.h"
#include <linux/capability.h>

int main(void) {
  mark();
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{1, 2, 4}, {0, 0, 1}};
  syscall(SYS_capget, &header, NULL);
  syscall(SYS_capget, &header, BAD);
  header.pid = 0x7fffffff;
  syscall(SYS_capset, &header, data);
  header.version = 0x12345678;
  syscall(SYS_capget, &header, data);
  syscall(SYS_capset, BAD, NULL);
  mark();
  return 0;
}
