#include "capture/kernel_locks/loader.h"

#include <errno.h>

#include "kernel_locks.lskel.h"

int scl_load(void) {
  struct kernel_locks *skeleton = kernel_locks__open();
  if (skeleton == NULL) return -ENOMEM;
  int error = kernel_locks__load(skeleton);
  int link = -1;
  if (error == 0) {
    link = skel_link_create(skeleton->progs.list_kernel_locks.prog_fd, 0, BPF_TRACE_ITER);
    if (link < 0) error = -errno;
  }
  kernel_locks__destroy(skeleton);
  return error == 0 ? link : error;
}

int scl_start(int link) {
  const int iterator = bpf_iter_create(link);
  return iterator < 0 ? -errno : iterator;
}
