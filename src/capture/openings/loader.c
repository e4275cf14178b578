#include "capture/openings/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "capture/openings/layout.h"
#include "openings.lskel.h"

static int keep(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 0); }

int sop_load(const unsigned long long *calls, struct sop_program *program) {
  struct openings *skeleton = openings__open();
  if (skeleton == NULL) return -ENOMEM;
  memcpy((void *)skeleton->rodata->opening_calls, calls, SOP_CALLS / 8);
  int error = openings__load(skeleton);
  if (error == 0) error = openings__attach(skeleton);
  if (error == 0) {
    program->link = keep(skeleton->links.on_exit_fd);
    program->watched = keep(skeleton->maps.watched.map_fd);
    program->ring = keep(skeleton->maps.ring.map_fd);
  }
  openings__destroy(skeleton);
  return error < 0 ? error : 0;
}
