// options: -v
// Arrays behind a struct that counts them, and requests whose number holds their size.
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/input.h>
#include <linux/kd.h>
#include <linux/keyboard.h>
#include <linux/random.h>
#include <linux/videodev2.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "call.h"

static void extents(void) {
  int fd = open("/proc/self/exe", O_RDONLY);
  static char room[sizeof(struct fiemap) + 4 * sizeof(struct fiemap_extent)];
  struct fiemap *map = (void *)room;
  map->fm_length = FIEMAP_MAX_OFFSET;
  ioctl(fd, FS_IOC_FIEMAP, map);
  map->fm_extent_count = 4;
  ioctl(fd, FS_IOC_FIEMAP, map);
  ioctl(-1, FS_IOC_FIEMAP, map);
  close(fd);
}

static void entropy(void) {
  struct rand_pool_info *pool = (void *)page_end(sizeof *pool + 8);
  pool->entropy_count = 3;
  pool->buf_size = 8;
  memcpy(pool->buf, "12345678", 8);
  ioctl(-1, RNDADDENTROPY, pool);
  pool->buf_size = 0;
  ioctl(-1, RNDADDENTROPY, pool);
  pool = (void *)page_end(sizeof *pool);
  pool->buf_size = 16;
  ioctl(-1, RNDADDENTROPY, pool);
  ioctl(-1, RNDADDENTROPY, BAD);
}

static void duplicates(void) {
  struct file_dedupe_range *range = (void *)page_end(sizeof *range + 2 * sizeof range->info[0]);
  range->src_offset = 4096;
  range->src_length = 8192;
  range->dest_count = 2;
  range->info[0].dest_fd = -1;
  range->info[1].dest_fd = -2;
  range->info[1].dest_offset = 77;
  ioctl(-1, FIDEDUPERANGE, range);
  range->dest_count = 3;
  ioctl(-1, FIDEDUPERANGE, range);
}

static void sized(void) {
  struct input_absinfo axis = {1, 2, 3, 4, 5, 6};
  struct ff_effect effect = {.type = FF_RUMBLE, .id = -1, .u.rumble = {7, 8}};
  char name[32];
  ioctl(-1, EVIOCGNAME(sizeof name), name);
  ioctl(-1, EVIOCGPHYS(0), name);
  ioctl(-1, EVIOCGBIT(EV_KEY, 96), name);
  ioctl(-1, EVIOCGBIT(0x1f, 3), name);
  ioctl(-1, EVIOCGABS(ABS_X), &axis);
  ioctl(-1, EVIOCSABS(ABS_X), &axis);
  ioctl(-1, EVIOCSFF, &effect);
}

static void console(void) {
  struct kbdiacrs *accents = (void *)page_end(4 + 2 * sizeof accents->kbdiacr[0]);
  accents->kb_cnt = 2;
  memcpy(accents->kbdiacr, "`aA'eE", 6);
  ioctl(-1, KDSKBDIACR, accents);
  struct kbentry key = {K_SHIFTTAB, 30, K(KT_LATIN, 'A')};
  ioctl(-1, KDSKBENT, &key);
  ioctl(-1, KDMKTONE, 125 << 16 | 440);
  ioctl(-1, KDSKBMODE, 99);
}

static void video(void) {
  struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
  format.fmt.pix.width = 640;
  format.fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
  ioctl(-1, VIDIOC_S_FMT, &format);
  ioctl(-1, VIDIOC_G_FMT, &format);
  ioctl(-1, VIDIOC_S_FMT, BAD);
}

static void interfaces(void) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq room[4];
  struct ifconf list = {.ifc_len = sizeof room, .ifc_req = room};
  ioctl(fd, SIOCGIFCONF, &list);
  list.ifc_len = 41;
  ioctl(-1, SIOCGIFCONF, &list);
  memset(room, 0, sizeof room);
  room[0].ifr_ifindex = 1;
  ioctl(fd, SIOCGIFNAME, room);
  ioctl(-1, SIOCGIFNAME, room);
  close(fd);
}

int main(void) {
  mark();
  extents();
  entropy();
  duplicates();
  sized();
  console();
  video();
  interfaces();
  mark();
  return 0;
}
