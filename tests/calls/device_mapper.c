// options: -v
// Requests of the device mapper and what stands behind them.
#include "call.h"
#include <sys/ioctl.h>
#include <linux/dm-ioctl.h>
#include <stddef.h>

enum { first = sizeof(struct dm_ioctl), second = first + 64 };

static union {
  struct dm_ioctl head;
  char bytes[2048];
} buffer;

static void fill(unsigned flags) {
  memset(&buffer, 0, sizeof buffer);
  buffer.head = (struct dm_ioctl){.version = {4, 45, 1},
                                  .data_size = sizeof buffer,
                                  .data_start = first,
                                  .target_count = 2,
                                  .open_count = 1,
                                  .event_nr = 7,
                                  .flags = flags,
                                  .dev = 0xfd00,
                                  .name = "vg-root",
                                  .uuid = "LVM-x"};
}

static void request(unsigned long op) { syscall(SYS_ioctl, -1, op, &buffer); }

static void targets(unsigned next) {
  fill(0);
  *(struct dm_target_spec *)(buffer.bytes + first) = (struct dm_target_spec){
      .sector_start = 1, .length = 100, .status = -3, .next = next, .target_type = "linear"};
  strcpy(buffer.bytes + first + sizeof(struct dm_target_spec), "253:0 2048");
  *(struct dm_target_spec *)(buffer.bytes + second) =
      (struct dm_target_spec){.length = 8, .target_type = "sixteen-letters"};
  buffer.bytes[second + offsetof(struct dm_target_spec, target_type) + 15] = 's';
}

int main(void) {
  static const unsigned long requests[] = {
      DM_VERSION,     DM_REMOVE_ALL,  DM_LIST_DEVICES,  DM_DEV_CREATE, DM_DEV_REMOVE,
      DM_DEV_RENAME,  DM_DEV_SUSPEND, DM_DEV_STATUS,    DM_DEV_WAIT,   DM_TABLE_CLEAR,
      DM_TABLE_DEPS,  DM_TABLE_STATUS, DM_LIST_VERSIONS, DM_DEV_SET_GEOMETRY, DM_DEV_ARM_POLL};
  mark();
  for (unsigned i = 0; i < sizeof requests / sizeof *requests; i++) {
    fill(i == 6 ? DM_SUSPEND_FLAG : 0x80);
    request(requests[i]);
  }
  static const unsigned distances[] = {second - first, 0, 8, 4096, ~0u};
  for (unsigned i = 0; i < sizeof distances / sizeof *distances; i++) {
    targets(distances[i]);
    request(DM_TABLE_LOAD);
  }
  buffer.head.target_count = 0;
  request(DM_TABLE_LOAD);
  static const unsigned starts[] = {first, 49, sizeof buffer, 4096, ~0u};
  for (unsigned i = 0; i < sizeof starts / sizeof *starts; i++) {
    fill(0);
    strcpy(buffer.bytes + first + 8, "new-name of a volume that is longer than what is shown");
    buffer.head.data_start = starts[i];
    request(DM_TARGET_MSG);
    request(DM_DEV_RENAME);
  }
  buffer.head.data_size = 300;
  request(DM_TARGET_MSG);
  buffer.head.data_size = 11;
  request(DM_TARGET_MSG);
  fill(0);
  buffer.head.version[0] = 5;
  request(DM_DEV_CREATE);
  // Memory that ends with the head, and what would be behind it.
  char *end = page_end(offsetof(struct dm_ioctl, data));
  fill(0);
  memcpy(end, &buffer, offsetof(struct dm_ioctl, data));
  syscall(SYS_ioctl, -1, DM_DEV_RENAME, end);
  syscall(SYS_ioctl, -1, DM_TABLE_LOAD, end);
  syscall(SYS_ioctl, -1, DM_TARGET_MSG, end + 1);
  mark();
}
