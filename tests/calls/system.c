// options: 
#include "call.h"
#include <sys/utsname.h>
#include <sys/sysinfo.h>

int main(void) {
  mark();
  struct utsname name;
  struct sysinfo info;
  syscall(SYS_uname, &name);
  syscall(SYS_uname, BAD);
  syscall(SYS_sysinfo, BAD);
  syscall(SYS_sethostname, "x", -1);
  syscall(SYS_setdomainname, BAD, 1);
  syscall(SYS_syslog, 10, NULL, 0);
  syscall(SYS_syslog, 77, BAD, 5);
  syscall(SYS_reboot, 1, 2, 3, 4);
  syscall(SYS_iopl, 77);
  syscall(SYS_ioperm, -1L, 1L, 1);
  syscall(SYS_delete_module, "nonexistent", O_NONBLOCK | 1);
  syscall(SYS_finit_module, -1, "a=b", 7);
  syscall(SYS_init_module, BAD, 5L, "x");
  syscall(SYS_kexec_load, 0L, 77L, NULL, 0x3e0001L);
  syscall(SYS_vhangup + 1000, 1, 2, 3, 4, 5, 6);
  syscall(SYS_tuxcall, 1, 2, 3);
  (void)info;
  mark();
  return 0;
}
