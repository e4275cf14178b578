/* Signals of traced threads, as a ptracer is shown them. */
#ifndef SYSCOPE_CAPTURE_BPF_SIGNAL_BPF_H
#define SYSCOPE_CAPTURE_BPF_SIGNAL_BPF_H

#include "capture/bpf/task.bpf.h"

#define SIGINFO_BYTES 128
#define SIGKILL 9
#define SI_KERNEL 0x80

static __noinline int report_signal(struct scb_task *state, int signo, const void *info) {
  u64 now = bpf_ktime_get_ns();
  struct scb_ring *ring = ring_of_this_cpu();
  u32 size = sizeof(struct sc_signal) + SIGINFO_BYTES;
  if (!ring || !ring_begin(ring, size, now, state->pid, state->tid, ~0u)) return 0;
  struct sc_signal *record = (struct sc_signal *)ring_position(ring);
  fill_head(&record->head, size, SC_SIGNAL, state, now);
  record->signo = signo;
  record->info_size = SIGINFO_BYTES;
  record->ip = 0;
  u8 *bytes = (u8 *)(record + 1);
  __builtin_memset(bytes, 0, SIGINFO_BYTES);
  bpf_probe_read_kernel(bytes, KERNEL_SIGINFO_BYTES, info);
  ring_end(ring, size);
  return 0;
}

/* A signal that ends the process for want of a handler is never delivered: the kernel makes it a
 * SIGKILL of each thread as soon as it is sent (complete_signal() in kernel/signal.c). Who sent it is
 * known here only. */
SEC("tp_btf/signal_generate")
int BPF_PROG(signal_generate, int signo, struct kernel_siginfo *info, struct task_struct *task) {
  struct scb_task *state = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!state) return 0;
  state->latest_signal = signo == SIGKILL ? 0 : signo;
  if ((u64)info > 1) {
    bpf_probe_read_kernel(state->siginfo, sizeof state->siginfo, info);
    return 0;
  }
  /* SEND_SIG_NOINFO: as from the sender's kill(2). SEND_SIG_PRIV: from the kernel. */
  bool from_kernel = (u64)info == 1;
  __builtin_memset(state->siginfo, 0, sizeof state->siginfo);
  u32 *words = (u32 *)state->siginfo;
  words[0] = signo;
  words[2] = from_kernel ? SI_KERNEL : 0;
  if (!from_kernel) {
    words[4] = bpf_get_current_pid_tgid() >> 32;
    words[5] = bpf_get_current_uid_gid();
  }
  return 0;
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(signal_deliver, int signo, struct kernel_siginfo *info) {
  struct task_struct *task = bpf_get_current_task_btf();
  struct scb_task *state = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!state || state->awaits_exec) return 0;
  if (signo != SIGKILL) return report_signal(state, signo, info);
  /* SIGKILL itself is seen by the thread's end, everywhere. */
  u32 latest = state->latest_signal;
  if (latest == 0 || (task->signal->group_exit_code & 0x7f) != latest) return 0;
  return report_signal(state, latest, state->siginfo);
}

#endif
