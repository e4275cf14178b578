// options: 
#include "call.h"

int main(void) {
  mark();
  unsigned long attr[1] = {3};
  syscall(SYS_landlock_create_ruleset, NULL, 0L, 1);
  syscall(SYS_landlock_create_ruleset, BAD, 8L, 0);
  syscall(SYS_landlock_create_ruleset, attr, 8L, 4);
  syscall(SYS_landlock_add_rule, -1, 1, BAD, 0);
  syscall(SYS_landlock_add_rule, -1, 77, BAD, 1);
  syscall(SYS_landlock_restrict_self, -1, 1);
  mark();
  return 0;
}
