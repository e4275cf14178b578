// Disk quotas, IDE disks, and structures that are handed over too short.
#include <linux/dqblk_xfs.h>
#include <linux/hdreg.h>
#include <linux/quota.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "call.h"

#ifndef QCMD
#define QCMD(command, type) ((unsigned)((command) << 8 | ((type)&0xff)))
#endif

static void quotas(void) {
  struct if_dqblk block = {1, 2, 3, 4, 5, 6, 7, 8, 0x7f};
  struct if_dqinfo info = {1, 2, 0x10003, 0xf};
  struct fs_disk_quota disk = {.d_version = -1, .d_flags = 7, .d_fieldmask = 9, .d_id = 77};
  unsigned flags = 0x7f;
  static const char device[] = "/dev/nowhere";
  syscall(SYS_quotactl, QCMD(Q_QUOTAON, USRQUOTA), device, 1, "/tmp/quota");
  syscall(SYS_quotactl, QCMD(Q_SETQUOTA, GRPQUOTA), device, -1, &block);
  syscall(SYS_quotactl, QCMD(Q_GETQUOTA, GRPQUOTA), device, 5, &block);
  syscall(SYS_quotactl, QCMD(Q_SETINFO, USRQUOTA), device, 5, &info);
  syscall(SYS_quotactl, QCMD(Q_GETFMT, 2), device, 5, &flags);
  syscall(SYS_quotactl, QCMD(Q_XSETQLIM, 2), device, 5, &disk);
  syscall(SYS_quotactl, QCMD(Q_XSETQLIM, 2), device, 5, BAD);
  syscall(SYS_quotactl, QCMD(Q_XQUOTAON, 0), device, 5, &flags);
  syscall(SYS_quotactl, QCMD(Q_XQUOTARM, 0), device, 5, &flags);
  syscall(SYS_quotactl, QCMD(Q_SYNC, 77), device, 5, &flags);
}

static void disks(void) {
  unsigned char command[8] = {0xca, 255, 254, 0, 5, 6, 7, 8};
  ioctl(-1, HDIO_DRIVE_CMD, 0);
  ioctl(-1, HDIO_DRIVE_CMD, command);
  ioctl(-1, HDIO_GET_DMA, command);
  ioctl(-1, HDIO_SET_DMA, 0xfacefeedUL);
  ioctl(-1, HDIO_SET_BUSSTATE, 1UL);
  ioctl(-1, HDIO_SET_BUSSTATE, 7UL);
  ioctl(-1, HDIO_SET_NICE, 0xfeUL);
  ioctl(-1, HDIO_GET_IDENTITY, command);
}

static void too_short(void) {
  unsigned long long how[4] = {O_RDWR | O_CREAT, 0640, 0};
  struct linger linger = {1, 2};
  struct ip_mreq group = {{htonl(0xe0000003)}, {htonl(INADDR_LOOPBACK)}};
  syscall(437, -1, "sample", how, 23);
  syscall(437, -1, "sample", how, 24);
  syscall(437, -1, "sample", how, 32);
  how[3] = 0x4242;
  syscall(437, -1, "sample", how, 32);
  syscall(437, -1, "sample", memcpy(page_end(24), how, 24), 32);
  syscall(442, -1, "sample", 0, how, 31);
  syscall(442, -1, "sample", 0, memset(page_end(32), 0, 32), 40);
  setsockopt(-1, SOL_SOCKET, SO_LINGER, &linger, 7);
  setsockopt(-1, SOL_SOCKET, SO_LINGER, &linger, 9);
  setsockopt(-1, SOL_IP, IP_ADD_MEMBERSHIP, &group, 7);
  setsockopt(-1, SOL_IP, IP_ADD_MEMBERSHIP, &group, 8);
}

int main(void) {
  mark();
  quotas();
  disks();
  too_short();
  syscall(SYS_mknod, "/nowhere/node", 0xffff0000 | 0640, 0);
  syscall(SYS_fcntl, 1, 1025);  // F_GETLEASE
  mark();
  return 0;
}
