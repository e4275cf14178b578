/* Tells of each descriptor that a watched process opens, with the top of the stack of the code that did. */
#include "base/kernel_types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct thread_info {
  u32 status;
};
struct task_struct {
  struct thread_info thread_info;
};
struct pt_regs {
  unsigned long bp, r10, r9, r8, dx, si, di, orig_ax, ip, sp;
};
#pragma clang attribute pop

#include <bpf/bpf_helpers.h>
/* bpf_helpers.h first: it has the helpers that the next one calls */
#include <bpf/bpf_tracing.h>

#include "capture/openings/layout.h"

#define TS_COMPAT 2
#define PAGE 4096
#define CALL_PIPE 22
#define CALL_SOCKETPAIR 53
#define CALL_PIPE2 293

char LICENSE[] SEC("license") = "Dual BSD/GPL"; /* the kernel's word for what may use its helpers */

/* Set before the load: the calls that may open something; user space looks at their arguments. */
const volatile unsigned long long opening_calls[SOP_CALLS / 64];

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, SOP_WATCHED);
  __type(key, u32); /* process */
  __type(value, u8);
} watched SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 8 << 20);
} ring SEC(".maps");

/* The rest of a page and two more, as far as the stack is there. */
static __always_inline u32 copy_stack(u8 *to, u64 address) {
  u32 copied = PAGE - (address & (PAGE - 1));
  if (bpf_probe_read_user(to, copied, (void *)address) != 0) return 0;
#pragma unroll
  for (int page = 0; page < 2; page++) {
    if (bpf_probe_read_user(to + copied, PAGE, (void *)(address + copied)) != 0) break;
    copied += PAGE;
  }
  return copied;
}

/* The two descriptors that the kernel has put into the caller's memory. */
static __always_inline void read_pair(struct sop_opening *opening, u64 address) {
  int pair[2] = {-1, -1};
  bpf_probe_read_user(pair, sizeof pair, (void *)address);
  opening->number = pair[0];
  opening->second = pair[1];
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_exit, struct pt_regs *regs, long ret) {
  u64 nr = regs->orig_ax;
  if (ret < 0 || nr >= SOP_CALLS) return 0;
  if (!(opening_calls[(nr / 64) & (SOP_CALLS / 64 - 1)] >> (nr & 63) & 1)) return 0;
  u32 pid = bpf_get_current_pid_tgid() >> 32;
  if (!bpf_map_lookup_elem(&watched, &pid)) return 0;
  struct task_struct *task = bpf_get_current_task_btf();
  if (task->thread_info.status & TS_COMPAT) return 0;
  struct sop_opening *opening = bpf_ringbuf_reserve(&ring, sizeof *opening, 0);
  if (!opening) return 0; /* others like it tell enough */
  opening->pid = pid;
  opening->nr = nr;
  opening->number = ret;
  opening->second = -1;
  if (nr == CALL_PIPE || nr == CALL_PIPE2) read_pair(opening, regs->di);
  if (nr == CALL_SOCKETPAIR) read_pair(opening, regs->r10);
  opening->arguments[0] = regs->di;
  opening->arguments[1] = regs->si;
  opening->arguments[2] = regs->dx;
  opening->arguments[3] = regs->r10;
  opening->arguments[4] = regs->r8;
  opening->arguments[5] = regs->r9;
  opening->pc = regs->ip;
  opening->sp = regs->sp;
  opening->frame_pointer = regs->bp;
  opening->unused = 0;
  opening->stack_bytes = copy_stack(opening->stack, regs->sp);
  bpf_ringbuf_submit(opening, BPF_RB_NO_WAKEUP);
  return 0;
}
