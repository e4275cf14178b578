// options: -v
// Requests of files and of devices that store or measure.
#include "call.h"
#include <linux/blkpg.h>
#include <linux/blktrace_api.h>
#include <linux/blkzoned.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <linux/loop.h>
#include <linux/nbd.h>
#include <linux/nsfs.h>
#include <linux/ptp_clock.h>
#include <linux/random.h>
#include <linux/rtc.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <linux/watchdog.h>

static char *filled, *zeros;

static void request(unsigned long op) {
  syscall(SYS_ioctl, -1, op, NULL);
  syscall(SYS_ioctl, -1, op, BAD);
  syscall(SYS_ioctl, -1, op, filled);
  syscall(SYS_ioctl, -1, op, zeros);
  syscall(SYS_ioctl, -1, op, 7);
}

int main(void) {
  // At a place of our own: some requests take the address for a number.
  filled = mmap((void *)0x20000000, 16384, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  zeros = filled + 4096;
  for (int i = 0; i < 4096; i += 4) filled[i] = 1 + i / 4 % 7;
  static const unsigned long requests[] = {
      FS_IOC_FIEMAP, FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR, FS_IOC_GETFSLABEL,
      FS_IOC_SETFSLABEL, FICLONE, FIFREEZE, FITHAW, FITRIM, FS_IOC_GETVERSION, FS_IOC_SETVERSION,
      NBD_SET_SOCK, NBD_SET_BLKSIZE, NBD_SET_SIZE, NBD_DO_IT, NBD_CLEAR_SOCK, NBD_CLEAR_QUE,
      NBD_PRINT_DEBUG, NBD_SET_SIZE_BLOCKS, NBD_DISCONNECT, NBD_SET_TIMEOUT, LOOP_CONFIGURE,
      LOOP_CHANGE_FD, LOOP_SET_FD, LOOP_CLR_FD, LOOP_CTL_ADD, LOOP_CTL_REMOVE, LOOP_CTL_GET_FREE,
      LOOP_SET_CAPACITY, LOOP_SET_DIRECT_IO, LOOP_SET_BLOCK_SIZE, RNDGETENTCNT, RNDADDTOENTCNT,
      RNDZAPENTCNT, RNDCLEARPOOL, RNDRESEEDCRNG, RNDGETPOOL, RTC_AIE_ON, RTC_AIE_OFF, RTC_UIE_ON,
      RTC_PIE_ON, RTC_WIE_ON, RTC_ALM_SET, RTC_ALM_READ, RTC_RD_TIME, RTC_SET_TIME, RTC_IRQP_READ,
      RTC_IRQP_SET, RTC_EPOCH_READ, RTC_EPOCH_SET, RTC_WKALM_SET, RTC_WKALM_RD, RTC_PLL_GET,
      RTC_PLL_SET, RTC_VL_READ, RTC_VL_CLR, RTC_PARAM_SET, HDIO_GETGEO, NS_GET_USERNS,
      NS_GET_PARENT, NS_GET_NSTYPE, NS_GET_OWNER_UID, UFFDIO_API, UFFDIO_COPY, UFFDIO_REGISTER,
      UFFDIO_UNREGISTER, UFFDIO_WAKE, UFFDIO_ZEROPAGE, WDIOC_GETSTATUS, WDIOC_SETTIMEOUT,
      WDIOC_KEEPALIVE, BLKPG, BLKROSET, BLKROGET, BLKRRPART, BLKGETSIZE, BLKFLSBUF, BLKRASET,
      BLKRAGET, BLKFRASET, BLKFRAGET, BLKSECTSET, BLKSECTGET, BLKSSZGET, BLKBSZGET, BLKBSZSET,
      BLKGETSIZE64, BLKTRACESETUP, BLKTRACESTART, BLKTRACESTOP, BLKTRACETEARDOWN, BLKDISCARD,
      BLKIOMIN, BLKIOOPT, BLKALIGNOFF, BLKPBSZGET, BLKDISCARDZEROES, BLKSECDISCARD, BLKROTATIONAL,
      BLKZEROOUT, BLKREPORTZONE, BLKRESETZONE, BLKGETZONESZ, BLKGETNRZONES, BLKOPENZONE,
      BLKCLOSEZONE, BLKFINISHZONE, SECCOMP_IOCTL_NOTIF_SEND, SECCOMP_IOCTL_NOTIF_ID_VALID,
      SECCOMP_IOCTL_NOTIF_ADDFD, PTP_EXTTS_REQUEST, PTP_PIN_SETFUNC,
  };
  mark();
  for (size_t i = 0; i < sizeof requests / sizeof *requests; ++i) request(requests[i]);
  mark();
  return 0;
}
