/* What the kernel program writes for one thread that waits for a lock, and C++ reads. */
#ifndef SYSCOPE_CAPTURE_KERNEL_LOCKS_LAYOUT_H
#define SYSCOPE_CAPTURE_KERNEL_LOCKS_LAYOUT_H

/* The low bits of task->blocker: linux/hung_task.h of the kernel. */
enum { SCL_MUTEX = 0, SCL_SEMAPHORE = 1, SCL_READING = 2, SCL_WRITING = 3, SCL_KIND_MASK = 3 };

struct scl_row {
  int tid;
  int kind;       /* SCL_*: which lock, and what for */
  int owner_pid;  /* 0: none is known */
  int owner_tid;
  int by_readers; /* the owner is the last of perhaps many readers */
};

#endif
