// A disk that does not answer: a suspended device of the device mapper, which keeps all requests. Who waits for it cannot
// be killed, so it is made only on a machine that is thrown away afterwards.
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "waiters.h"

static const unsigned long sectors = 8192;

static const char* name(void) {
  static char text[32];
  if (text[0] == 0) snprintf(text, sizeof text, "waiters-disk-%d", getpid());
  return text;
}

static struct dm_ioctl* device_mapper(unsigned long command, unsigned flags, const char* table) {
  static union {
    struct dm_ioctl head;
    char bytes[1024];
  } request;
  const int control = must(open("/dev/mapper/control", O_RDWR | O_CLOEXEC), "/dev/mapper/control");
  memset(&request, 0, sizeof request);
  request.head.version[0] = DM_VERSION_MAJOR;
  request.head.data_size = sizeof request;
  request.head.data_start = sizeof request.head;
  request.head.flags = flags;
  strcpy(request.head.name, name());
  if (table != NULL) {
    struct dm_target_spec* target = (void*)(request.bytes + sizeof request.head);
    request.head.target_count = 1;
    target->length = sectors;
    strcpy(target->target_type, "linear");
    strcpy((char*)(target + 1), table);
  }
  must(ioctl(control, command, &request), "device mapper");
  close(control);
  return &request.head;
}

// A device above the first RAM disk, which holds an ext4 file system; its path.
static const char* new_device(void) {
  static char path[32];
  must(access("/dev/ram0", W_OK), "/dev/ram0");
  const struct dm_ioctl* made = device_mapper(DM_DEV_CREATE, 0, NULL);
  snprintf(path, sizeof path, "/dev/dm-%u", (unsigned)(made->dev & 0xff));
  device_mapper(DM_TABLE_LOAD, 0, "/dev/ram0 0");
  device_mapper(DM_DEV_SUSPEND, 0, NULL);
  return path;
}

// Without freezing the file system first: what the disk itself does when it hangs.
static void suspend_device(void) {
  device_mapper(DM_DEV_SUSPEND, DM_SUSPEND_FLAG | DM_SKIP_LOCKFS_FLAG | DM_NOFLUSH_FLAG, NULL);
}

static void announce_and_leave(void (*body)(void*), void* argument) {
  struct answer answer = {.has_folder = 1};
  snprintf(answer.object, sizeof answer.object, "%s", name());
  answer.pid = helper(body, argument);
  announce(answer);
  sleep_forever();
}

static void write_and_sync(void* file) {
  must((int)write(*(int*)file, "x", 1), "write");
  must(fsync(*(int*)file), "fsync");
}

static void disk_fsync(void) {
  char file[128];
  must(mount(new_device(), private_folder(), "ext4", 0, ""), "mount");
  snprintf(file, sizeof file, "%s/file", private_folder());
  int fd = must(open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600), file);
  write_and_sync(&fd);
  suspend_device();
  announce_and_leave(write_and_sync, &fd);
}

static void read_first(void* device) {
  static char block[4096];
  must((int)read(*(int*)device, block, sizeof block), "read");
}

static void disk_read(void) {
  int fd = must(open(new_device(), O_RDONLY | O_CLOEXEC), "open");
  suspend_device();
  announce_and_leave(read_first, &fd);
}

const struct way disk_ways[] = {{"disk-fsync", disk_fsync, OWN_MACHINE},
                                {"disk-read", disk_read, OWN_MACHINE},
                                {0}};
