// options: -v
// Requests of devices.
#include "call.h"
#include <linux/fsverity.h>
#include <linux/fscrypt.h>
#include <linux/gpio.h>
#include <linux/input.h>
#include <linux/kd.h>
#include <linux/kvm.h>
#include <linux/dm-ioctl.h>
#include <linux/tee.h>
#include <linux/videodev2.h>
#include <linux/vt.h>
#include <mtd/mtd-abi.h>
#include <mtd/ubi-user.h>
#include <scsi/sg.h>

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
      DM_VERSION, DM_LIST_DEVICES, DM_DEV_CREATE, DM_DEV_REMOVE, DM_DEV_SUSPEND, DM_TABLE_LOAD,
      DM_DEV_RENAME, DM_TARGET_MSG, TEE_IOC_SHM_ALLOC, TEE_IOC_CANCEL, TEE_IOC_CLOSE_SESSION,
      TEE_IOC_SHM_REGISTER, MEMGETINFO, MEMERASE, MEMWRITEOOB, MEMREADOOB, MEMLOCK, MEMUNLOCK,
      MEMGETREGIONCOUNT, MEMGETBADBLOCK, MEMSETBADBLOCK, OTPSELECT, OTPGETREGIONCOUNT, OTPLOCK,
      ECCGETSTATS, MTDFILEMODE, MEMERASE64, MEMWRITEOOB64, MEMREADOOB64, MEMWRITE, UBI_IOCRMVOL,
      UBI_IOCRSVOL, UBI_IOCDET, UBI_IOCVOLUP, UBI_IOCEBER, UBI_IOCEBMAP, UBI_IOCSETVOLPROP,
      UBI_IOCVOLCRBLK, EVIOCGVERSION, EVIOCGREP, EVIOCSREP, EVIOCGRAB, EVIOCREVOKE, EVIOCSCLOCKID,
      EVIOCRMFF, EVIOCGEFFECTS, KDGETLED, KDSETLED, KDGKBLED, KDGKBTYPE, KDADDIO, KDENABIO,
      KDSETMODE, KDGETMODE, GIO_CMAP, GIO_FONT, GIO_FONTX, PIO_FONTX, GIO_SCRNMAP, PIO_UNIMAP,
      PIO_UNIMAPCLR, KDGKBMODE, KDGKBMETA, KDSKBMETA, KDGETKEYCODE, KDSETKEYCODE, KDSIGACCEPT,
      KDKBDREP, VT_OPENQRY, VT_GETMODE, VT_SETMODE, VT_GETSTATE, VT_ACTIVATE, VT_WAITACTIVE,
      VT_RESIZE, KVM_CREATE_VM, KVM_CREATE_VCPU, KVM_RUN, KVM_GET_API_VERSION,
      KVM_GET_VCPU_MMAP_SIZE, KVM_SET_USER_MEMORY_REGION, KVM_GET_REGS, KVM_SET_REGS,
      KVM_IRQ_LINE, FS_IOC_SET_ENCRYPTION_POLICY, FS_IOC_ENABLE_VERITY, FS_IOC_MEASURE_VERITY,
  };
  mark();
  for (size_t i = 0; i < sizeof requests / sizeof *requests; ++i) request(requests[i]);
  mark();
  return 0;
}
