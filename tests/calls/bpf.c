// options: -v
// Every command of bpf(2), with attributes of every length up to those that Linux 6.1 knows.
#include "call.h"

static void command(unsigned cmd, const void *attributes, unsigned longest, unsigned first) {
  for (unsigned size = first; size <= longest; size += 4) {
    char *end = page_end(size);
    memcpy(end, attributes, size);
    syscall(SYS_bpf, cmd, end, size);
  }
}

int main(void) {
  // The longest attributes of a command that every tracer names alike; 0: not this one.
  static const unsigned longest[] = {72, 48, 48, 48, 48, 112, 16, 16, 20, 0, 76, 8, 8, 0, 0, 16, 0, 12, 28, 0,
                                     48, 48, 48, 8, 64, 64, 64, 64, 16, 16, 8, 8};
  uint32_t words[32] = {0};
  mark();
  for (unsigned cmd = 0; cmd < sizeof longest / sizeof *longest; ++cmd) {
    if (longest[cmd] == 0) continue;
    memset(words, 0, sizeof words);
    // Which ids exist is up to other programs: these commands look behind the last.
    const unsigned last_id = cmd == 11 || cmd == 12 || cmd == 23 || cmd == 31 ? 0x7ffffff0 : 0;
    words[0] = last_id;
    command(cmd, words, longest[cmd], 4);
    for (unsigned i = 0; i < 32; ++i) words[i] = 0x101 + 0x11 * i;
    if (last_id != 0) words[0] = last_id;
    if (cmd == 2) words[6] = 2, words[7] = 0;
    if (cmd == 8) words[3] = 4;
    if (cmd == 28) words[3] = 0;
    if (cmd == 29) words[2] = 4;
    if (cmd == 17) words[3] = 0;
    if (cmd == 5) words[11] = 1;
    command(cmd, words, longest[cmd], longest[cmd] < 16 ? 4 : 16);
  }

  static const struct { uint16_t code; int16_t offset; int32_t immediate; } program[] = {
      {0xb7, 0, 1}, {0x1061, -8, 0}, {0x0a63, -4, 0}, {0x2115, 3, 7}, {0x85, 0, 5}, {0x95, 0, 0}};
  uint64_t load[6] = {0x600000001, (uintptr_t)program, (uintptr_t)"GPL"};
  syscall(SYS_bpf, 5, load, 48);
  uint64_t pin[2] = {(uintptr_t)"/sys/fs/bpf/nonexistent", 0x18ffffffff};
  syscall(SYS_bpf, 6, pin, 12);
  uint64_t point[2] = {(uintptr_t)"sched_switch", 0xffffffff};
  syscall(SYS_bpf, 17, point, 16);
  uint64_t query[6] = {1, 10, (uintptr_t)"perf", 0x200000009, 3, 4};
  syscall(SYS_bpf, 20, query, 48);
  mark();
  return 0;
}
