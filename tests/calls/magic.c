// Old magic in the flags of mount, names of memory files at the end of a page, events of timers.
#include <sys/ioctl.h>
#include <sys/mount.h>

#include "call.h"

static void mounts(void) {
  static const unsigned long flags[] = {0,          15,         0x20,      0x1000,     0x1020,
                                        0x2021,     0x40000,    0x80020,   0xc0ed0000, 0xc0ed000f,
                                        0xc0ed1000, 0xc0ed0020, 0xc0ee0000};
  for (unsigned i = 0; i < sizeof flags / sizeof *flags; ++i)
    syscall(SYS_mount, "nowhere", "/nowhere/there", "none", flags[i], "data");
}

static void names(void) {
  char* name = memset(page_end(300), 'n', 300);
  for (int length = 248; length < 252; ++length)
    syscall(SYS_memfd_create, name + 300 - length, 0x80000000);
  name[299] = 0;
  for (int length = 248; length < 252; ++length)
    syscall(SYS_memfd_create, name + 299 - length, 0x80000000);
}

static void timers(void) {
  struct {
    void* value;
    int signal, notify;
    void *function, *attributes;
  }* event = (void*)page_end(sizeof *event);
  int timer;
  event->function = (void*)0x1234;
  event->attributes = (void*)0x5678;
  for (int notify = 0; notify < 7; ++notify) {
    event->notify = notify == 6 ? 0xdefaced : notify;
    event->value = notify % 2 ? 0 : (void*)0xdeadbeefbadc0dedUL;
    event->signal = notify % 3 ? -87097619 : SIGUSR1;
    syscall(SYS_timer_create, -1, event, &timer);
  }
  syscall(SYS_timer_create, -1, (char*)event + 1, &timer);
}

int main(void) {
  mark();
  mounts();
  names();
  timers();
  mark();
  return 0;
}
