/* Every thread that waits for a lock of the kernel, and whose it is, one row each. */
#include "base/kernel_types.h"

/* The kernel's types, as far as the program looks into them: the kernel finds the fields by name. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
typedef struct {
  __s64 counter;
} atomic64_t;
typedef atomic64_t atomic_long_t;
struct mutex {
  atomic_long_t owner;
};
struct rw_semaphore {
  atomic_long_t owner;
};
struct semaphore {
  unsigned long last_holder;
};
struct task_struct {
  int pid;
  int tgid;
  unsigned long blocker;
};
struct seq_file;
struct bpf_iter_meta {
  struct seq_file *seq;
};
struct bpf_iter__task {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
};
#pragma clang attribute pop

#include <bpf/bpf_helpers.h>
/* bpf_helpers.h first: it has the helpers that the next one calls */
#include <bpf/bpf_core_read.h>

#include "capture/kernel_locks/layout.h"

#define FLAGS_OF_OWNER 7ull  /* in the low bits of a mutex' owner, and fewer in a semaphore's */
#define OWNED_BY_READERS 1ull

char LICENSE[] SEC("license") = "Dual BSD/GPL"; /* the kernel's word for what may use its helpers */

/* Outside of the list, so that only sizes known at compile time are written. */
static struct scl_row row;

static __always_inline __u64 owner_of(__u64 lock, int kind) {
  if (kind == SCL_MUTEX) return BPF_CORE_READ((struct mutex *)lock, owner.counter);
  if (kind != SCL_SEMAPHORE) return BPF_CORE_READ((struct rw_semaphore *)lock, owner.counter);
  struct semaphore *semaphore = (struct semaphore *)lock;
  return bpf_core_field_exists(semaphore->last_holder) ? BPF_CORE_READ(semaphore, last_holder) : 0;
}

SEC("iter/task")
int list_kernel_locks(struct bpf_iter__task *context) {
  struct task_struct *task = context->task;
  if (!task || !bpf_core_field_exists(task->blocker)) return 0;
  __u64 blocker = task->blocker;
  if (!blocker) return 0;
  row.tid = task->pid;
  row.kind = blocker & SCL_KIND_MASK;
  __u64 owner = owner_of(blocker & ~(__u64)SCL_KIND_MASK, row.kind);
  row.by_readers = row.kind >= SCL_READING && (owner & OWNED_BY_READERS);
  struct task_struct *who = (struct task_struct *)(owner & ~FLAGS_OF_OWNER);
  row.owner_tid = who ? BPF_CORE_READ(who, pid) : 0;
  row.owner_pid = who ? BPF_CORE_READ(who, tgid) : 0;
  bpf_seq_write(context->meta->seq, &row, sizeof row);
  return 0;
}
