// options: 
#include "call.h"

int main(void) {
  mark();
  struct file_handle *handle = malloc(256);
  handle->handle_bytes = 128;
  handle->handle_type = 0;
  int id = 0;
  syscall(SYS_name_to_handle_at, AT_FDCWD, "/nonexistent", handle, &id, 0);
  handle->handle_bytes = 0;
  syscall(SYS_name_to_handle_at, AT_FDCWD, BAD, handle, &id, AT_SYMLINK_FOLLOW);
  syscall(SYS_name_to_handle_at, AT_FDCWD, "x", BAD, &id, AT_EMPTY_PATH | 0x10000);
  syscall(SYS_open_by_handle_at, -1, BAD, O_RDONLY);
  mark();
  return 0;
}
