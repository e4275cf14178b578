// options: 
#include <asm/ldt.h>

#include "call.h"

int main(void) {
  mark();
  struct user_desc entry = {.entry_number = 3, .base_addr = 0x1234, .limit = 0xffff, .seg_32bit = 1};
  syscall(SYS_modify_ldt, 0, NULL, 0L);
  syscall(SYS_modify_ldt, 77, &entry, sizeof entry);
  syscall(SYS_modify_ldt, 77, &entry, sizeof entry + 1);
  syscall(SYS_modify_ldt, 77, BAD, sizeof entry);
  syscall(SYS_set_thread_area, &entry);
  syscall(SYS_get_thread_area, &entry);
  syscall(SYS_get_thread_area, page_end(4));
  mark();
  return 0;
}
