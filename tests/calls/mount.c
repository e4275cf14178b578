// options: 
#include "call.h"
#include <sys/mount.h>

int main(void) {
  mark();
  syscall(SYS_mount, "none", "/nonexistent", "tmpfs", 0L, "size=1m");
  syscall(SYS_mount, "/a", "/nonexistent", NULL, (long)(MS_BIND | MS_REC | MS_RDONLY | MS_NOSUID), NULL);
  syscall(SYS_mount, "/a", "/nonexistent", "", (long)(MS_REMOUNT | MS_NOATIME | 0x40000000), NULL);
  syscall(SYS_mount, NULL, "/nonexistent", NULL, (long)(MS_PRIVATE | MS_REC), BAD);
  syscall(SYS_mount, BAD, BAD, BAD, 0L, NULL);
  syscall(SYS_umount2, "/nonexistent", 0);
  syscall(SYS_umount2, "/nonexistent", MNT_DETACH | MNT_FORCE | 0x100);
  syscall(SYS_swapon, "/nonexistent", 0x10000);
  syscall(SYS_swapoff, "/nonexistent");
  syscall(SYS_acct, "/nonexistent");
  mark();
  return 0;
}
