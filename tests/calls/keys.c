// options: 
#include "call.h"

int main(void) {
  mark();
  syscall(SYS_add_key, "nonexistent", "description", "payload", 7L, -3);
  syscall(SYS_add_key, BAD, NULL, BAD, 7L, 77);
  syscall(SYS_request_key, "nonexistent", "description", "info", -1);
  // Operations with public keys: lengths stand in the parameters.
  const uint32_t parameters[10] = {-4, 5, 3};
  for (long operation = 25; operation <= 28; ++operation) {
    syscall(SYS_keyctl, operation, parameters, "info", "first input", "second input");
    syscall(SYS_keyctl, operation, memcpy(page_end(39), parameters, 39), "info", "first input", "second input");
    syscall(SYS_keyctl, operation, parameters, BAD, page_end(4), page_end(2));
  }
  const struct { const char *hash, *other; uint32_t length, spare[8]; } derivation[] = {
      {"sha256", "other information", 5, {0}}, {NULL, BAD, 0, {1}}};
  syscall(SYS_keyctl, 23, parameters, NULL, 0L, &derivation[0]);
  syscall(SYS_keyctl, 23, parameters, NULL, 0L, &derivation[1]);
  syscall(SYS_keyctl, 31, page_end(2), 2L);
  syscall(SYS_keyctl, 31, page_end(1), 1L);
  syscall(SYS_keyctl, 31, page_end(4), 4L);
  mark();
  return 0;
}
