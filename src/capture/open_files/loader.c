#include "capture/open_files/loader.h"

#include <errno.h>

#include "open_files.lskel.h"

int sco_load(void) {
  struct open_files *skeleton = open_files__open();
  if (skeleton == NULL) return -ENOMEM;
  int error = open_files__load(skeleton);
  int link = -1;
  if (error == 0) {
    link = skel_link_create(skeleton->progs.list_open_files.prog_fd, 0, BPF_TRACE_ITER);
    if (link < 0) error = -errno;
  }
  open_files__destroy(skeleton);
  return error == 0 ? link : error;
}

int sco_start(int link) {
  const int iterator = bpf_iter_create(link);
  return iterator < 0 ? -errno : iterator;
}
