// What the ways of waiting share. Each family has a file of its own, waiters_FAMILY.c.
#pragma once

#include <sys/types.h>

// The right answer. Zero fields have defaults or do not matter: pid is the caller's, tid the calling
// thread's; a culprit of 0 means that there is none; `object` must occur in the answer's text.
struct answer {
  pid_t pid, tid;
  pid_t culprit_pid, culprit_tid;
  char object[128];
  int has_folder;  // private_folder() is to be removed by whoever started the program
};

// Prints the answer as one JSON line on stdout. Called just before the wait begins.
void announce(struct answer answer);

struct way {
  const char* name;
  void (*wait)(void);  // does not return when it works
  int needs_root;  // 0, 1, or one of those below
};
// ROOT_TO_MAKE: root makes it, and its processes then become those of the user $WAITERS_OWNER.
// OWN_MACHINE: what it leaves behind ends only with the machine; tests/kernels makes it.
enum { ROOT_TO_MAKE = 2, OWN_MACHINE = 3 };

// Exit status 77: this machine cannot make this way of waiting (the test counts it as skipped).
void die(const char* what) __attribute__((noreturn));
int must(int result, const char* what);

pid_t thread_id(void);
void sleep_forever(void);
// Forks a process that dies with its parent, runs `body`, and then sleeps for ever.
pid_t helper(void (*body)(void*), void* argument);
// A helper's body: closes every descriptor from 3 to 63 but those in the list, which ends with -1.
void hold_only(void* kept);
const char* private_folder(void);

extern const struct way channel_ways[], socket_ways[], many_ways[], futex_ways[], lock_ways[],
    child_ways[], time_ways[], ipc_ways[], stopped_ways[], device_ways[], mount_ways[], disk_ways[],
    nfs_ways[];
