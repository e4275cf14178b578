/* Who makes a blocked thread runnable: noted when it happens, told when the thread runs. */
#ifndef SYSCOPE_CAPTURE_BPF_WAKE_BPF_H
#define SYSCOPE_CAPTURE_BPF_WAKE_BPF_H

#include "capture/bpf/task.bpf.h"

/* May run in an interrupt, amid a record: it writes to the woken thread's state only. */
SEC("tp_btf/sched_waking")
int BPF_PROG(sched_waking, struct task_struct *woken) {
  struct scb_task *state = bpf_task_storage_get(&tasks, woken, 0, 0);
  if (!state || state->woken) return 0;
  if (!state->in_flight && !(state->in_call && state->off_since)) return 0;
  struct task_struct *waker = bpf_get_current_task_btf();
  state->waker_pid = pid_of(waker);
  state->waker_tid = tid_of(waker);
  copy_comm(state->waker_comm, waker);
  state->woken = bpf_ktime_get_ns();
  return 0;
}

static __noinline int report_wake(struct scb_task *state) {
  u64 now = bpf_ktime_get_ns();
  struct scb_ring *ring = ring_of_this_cpu();
  if (!ring || !ring_begin(ring, sizeof(struct sc_wake), now, state->pid, state->tid, ~0u)) return 0;
  struct sc_wake *record = (struct sc_wake *)ring_position(ring);
  fill_head(&record->head, sizeof *record, SC_WAKE, state, now);
  record->woken = state->woken;
  record->waker_pid = state->waker_pid;
  record->waker_tid = state->waker_tid;
  __builtin_memcpy(record->waker_comm, state->waker_comm, sizeof record->waker_comm);
  ring_end(ring, sizeof *record);
  return 0;
}

#endif
