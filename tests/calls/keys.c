// options: 
#include "call.h"

int main(void) {
  mark();
  syscall(SYS_add_key, "nonexistent", "description", "payload", 7L, -3);
  syscall(SYS_add_key, BAD, NULL, BAD, 7L, 77);
  syscall(SYS_request_key, "nonexistent", "description", "info", -1);
  mark();
  return 0;
}
