#include "capture/open_files/loader.h"

#include <errno.h>

#include "mapped_files.lskel.h"
#include "open_files.lskel.h"

static int link_to(int program) {
  const int link = skel_link_create(program, 0, BPF_TRACE_ITER);
  return link < 0 ? -errno : link;
}

int sco_load_open_files(void) {
  struct open_files *skeleton = open_files__open();
  if (skeleton == NULL) return -ENOMEM;
  const int error = open_files__load(skeleton);
  const int link = error == 0 ? link_to(skeleton->progs.list_open_files.prog_fd) : error;
  open_files__destroy(skeleton);
  return link;
}

int sco_load_mapped_files(void) {
  struct mapped_files *skeleton = mapped_files__open();
  if (skeleton == NULL) return -ENOMEM;
  const int error = mapped_files__load(skeleton);
  const int link = error == 0 ? link_to(skeleton->progs.list_mapped_files.prog_fd) : error;
  mapped_files__destroy(skeleton);
  return link;
}

int sco_start(int link) {
  const int iterator = bpf_iter_create(link);
  return iterator < 0 ? -errno : iterator;
}
