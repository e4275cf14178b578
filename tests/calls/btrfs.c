// Requests of btrfs, of a descriptor that is none.
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <sys/ioctl.h>

#include "call.h"

static void subvolumes(void) {
  static struct btrfs_ioctl_vol_args volume = {.fd = 2, .name = "subvolume"};
  static struct btrfs_ioctl_vol_args_v2 created = {.fd = 2, .flags = 15, .name = "subvolume"};
  static unsigned long long inherit[] = {3, 2, 0, 0, 0x7f, 4, 5, 6, 7, 256, 257};
  unsigned long long flags = 15;
  memset(volume.name + 9, 'x', sizeof volume.name - 9);
  ioctl(-1, BTRFS_IOC_SNAP_CREATE, &volume);
  volume.name[9] = 0;
  ioctl(-1, BTRFS_IOC_SNAP_DESTROY, &volume);
  ioctl(-1, BTRFS_IOC_SUBVOL_CREATE_V2, &created);
  created.size = sizeof inherit;
  created.qgroup_inherit = (void*)inherit;
  ioctl(-1, BTRFS_IOC_SNAP_CREATE_V2, &created);
  ioctl(-1, BTRFS_IOC_SUBVOL_SETFLAGS, &flags);
  ioctl(-1, BTRFS_IOC_SUBVOL_GETFLAGS, &flags);
  ioctl(-1, BTRFS_IOC_DEFAULT_SUBVOL, &flags);
  ioctl(-1, BTRFS_IOC_SYNC, &flags);
}

static void searches(void) {
  static struct btrfs_ioctl_search_args search;
  search.key.tree_id = 5;
  search.key.max_objectid = search.key.max_offset = -1;
  search.key.min_type = BTRFS_INODE_ITEM_KEY;
  search.key.max_type = -1;
  ioctl(-1, BTRFS_IOC_TREE_SEARCH, &search);
  search.key.min_objectid = 256;
  search.key.max_transid = -2;
  ioctl(-1, BTRFS_IOC_TREE_SEARCH_V2, &search);
}

static void maintenance(void) {
  static struct btrfs_ioctl_balance_args balance = {.flags = 0x3b, .data = {.pend = -1, .flags = 7}};
  static struct btrfs_ioctl_dev_info_args device = {.devid = 1, .uuid = {1, 35, 69, 103, 137, 171, 205, 239}};
  static struct btrfs_ioctl_dev_replace_args replace = {.start = {1, 2, "/dev/sda1", "/dev/sdb1"}};
  static struct btrfs_ioctl_received_subvol_args received = {.stransid = 7, .stime = {1463193386, 12345}};
  static struct btrfs_ioctl_scrub_args scrub = {.devid = 1, .end = -1, .flags = 3};
  static struct btrfs_ioctl_get_dev_stats statistics = {1, 5, 1, {0}, {0}};
  static struct btrfs_ioctl_logical_ino_args inodes = {256, 16384, {0, 3, 0}, 0, 0x1000};
  static struct btrfs_ioctl_feature_flags features[2] = {{1, 3, 0x7ff}, {0, 0, 1}};
  ioctl(-1, BTRFS_IOC_BALANCE_V2, &balance);
  ioctl(-1, BTRFS_IOC_BALANCE_CTL, 2);
  ioctl(-1, BTRFS_IOC_DEV_INFO, &device);
  ioctl(-1, BTRFS_IOC_DEV_REPLACE, &replace);
  ioctl(-1, BTRFS_IOC_SET_RECEIVED_SUBVOL, &received);
  ioctl(-1, BTRFS_IOC_SCRUB, &scrub);
  ioctl(-1, BTRFS_IOC_SCRUB_PROGRESS, &scrub);
  ioctl(-1, BTRFS_IOC_GET_DEV_STATS, &statistics);
  ioctl(-1, BTRFS_IOC_LOGICAL_INO, &inodes);
  ioctl(-1, BTRFS_IOC_SET_FEATURES, features);
  ioctl(-1, BTRFS_IOC_FS_INFO, &device);
}

int main(void) {
  mark();
  subvolumes();
  searches();
  maintenance();
  mark();
  return 0;
}
