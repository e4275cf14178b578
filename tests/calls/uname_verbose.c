// options: -v
#include "call.h"
#include <sys/utsname.h>

int main(void) {
  mark();
  struct utsname name;
  syscall(SYS_uname, &name);
  mark();
  return 0;
}
