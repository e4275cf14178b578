// options: 
#include "call.h"

int main(void) {
  mark();
  char *args[] = {"name", "an argument", "\n", NULL}, *none[] = {NULL}, *env[] = {"A=1", "B=2", NULL};
  syscall(SYS_execve, "/nonexistent", args, env);
  syscall(SYS_execve, "/nonexistent", none, none);
  syscall(SYS_execve, "/nonexistent", NULL, NULL);
  syscall(SYS_execve, "/nonexistent", BAD, BAD);
  char *many[40];
  for (int i = 0; i < 39; ++i) many[i] = "arg";
  many[39] = NULL;
  syscall(SYS_execve, "/nonexistent", many, none);
  syscall(SYS_execveat, AT_FDCWD, "/nonexistent", args, env, AT_SYMLINK_NOFOLLOW);
  syscall(SYS_execveat, -1, "", args, NULL, AT_EMPTY_PATH);
  mark();
  return 0;
}
