/* What happens to a traced thread besides its calls and signals: birth, exec, end, leaving the CPU. */
#ifndef SYSCOPE_CAPTURE_BPF_LIFE_BPF_H
#define SYSCOPE_CAPTURE_BPF_LIFE_BPF_H

#include "capture/bpf/exit.bpf.h"
#include "capture/bpf/wake.bpf.h"

SEC("tp_btf/sched_process_fork")
int BPF_PROG(sched_process_fork, struct task_struct *parent, struct task_struct *child) {
  if (!follow_forks) return 0;
  struct scb_task *of_parent = bpf_task_storage_get(&tasks, parent, 0, 0);
  if (!of_parent || of_parent->awaits_exec) return 0;
  struct scb_task *state = adopt(child);
  if (state) {
    report_task(state, child, SC_TASK_FORKED, of_parent->tid);
    return 0;
  }
  struct scb_ring *ring = ring_of_this_cpu();
  if (ring) ring_lose(ring, bpf_ktime_get_ns(), of_parent->pid, tid_of(child), ~0u);
  return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(sched_process_exec, struct task_struct *task, int former) {
  struct scb_task *state = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!state) return 0;
  leave_slot_of(task, state);
  state->awaits_exec = 0; /* still set where execve(2) itself is not wanted */
  u32 former_tid = state->tid;
  state->tid = state->pid;
  u64 now = bpf_ktime_get_ns();
  struct scb_ring *ring = ring_of_this_cpu();
  if (!ring || !ring_begin(ring, sizeof(struct sc_exec), now, state->pid, state->tid, ~0u)) return 0;
  struct sc_exec *record = (struct sc_exec *)ring_position(ring);
  fill_head(&record->head, sizeof *record, SC_EXEC, state, now);
  record->former_tid = former_tid;
  record->unused = 0;
  copy_comm(record->comm, task);
  ring_end(ring, sizeof *record);
  return 0;
}

/* The entry part of the call that the thread is in, as a record of its own. */
static __noinline int report_open_call(struct scb_task *state, struct task_struct *task, u32 kind,
                                       u32 flags) {
  struct scb_ring *ring = ring_of_this_cpu();
  if (!ring) return 0;
  u64 now = bpf_ktime_get_ns();
  if (!ring_begin(ring, SCB_RECORD_MAX, now, state->pid, state->tid, state->call.nr)) return 0;
  u8 *to = ring_position(ring);
  u32 size = copy_entry(to, state, task);
  struct sc_call *record = (struct sc_call *)to;
  record->head.size = size;
  record->head.kind = kind;
  record->head.flags = flags;
  record->ret = 0;
  record->duration = now - record->head.time;
  record->blocked = state->blocked;
  if (size < sizeof(struct sc_call) + sizeof(struct sc_block)) record->blocks = 0;
  ring_end(ring, size);
  return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(sched_process_exit, struct task_struct *task) {
  struct scb_task *state = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!state) return 0;
  leave_slot_of(task, state);
  if (state->in_call && !tally_only) {
    state->in_call = 0;
    if (!failed_only && !successful_only && !longer_than) {
      report_open_call(state, task, SC_CALL, SC_NO_RETURN);
    }
  }
  u64 now = bpf_ktime_get_ns();
  struct scb_ring *ring = ring_of_this_cpu();
  if (ring && ring_begin(ring, sizeof(struct sc_exit), now, state->pid, state->tid, ~0u)) {
    struct sc_exit *record = (struct sc_exit *)ring_position(ring);
    fill_head(&record->head, sizeof *record, SC_EXIT, state, now);
    record->wait_status = task->exit_code;
    record->last = task->signal->live.counter == 0;
    ring_end(ring, sizeof *record);
  }
  __sync_fetch_and_add(&alive, -1);
  return 0;
}

static __noinline int report_stop(struct scb_task *state, struct task_struct *task) {
  u64 now = bpf_ktime_get_ns();
  struct scb_ring *ring = ring_of_this_cpu();
  if (!ring || !ring_begin(ring, sizeof(struct sc_number), now, state->pid, state->tid, ~0u)) return 0;
  struct sc_number *record = (struct sc_number *)ring_position(ring);
  fill_head(&record->head, sizeof *record, SC_STOP, state, now);
  record->number = task->jobctl & JOBCTL_STOP_SIGMASK;
  ring_end(ring, sizeof *record);
  return 0;
}

static __noinline int leave_cpu(struct scb_task *state, struct task_struct *task, bool preempted) {
  if (!preempted && report_signals && task->__state & TASK_STOPPED && !state->awaits_exec) {
    report_stop(state, task);
  }
  if (state->in_call || state->in_flight) state->off_since = bpf_ktime_get_ns();
  if (!state->in_call) return 0;
  if (announce && !tally_only && !state->announced && !preempted && task->__state != 0) {
    state->announced = 1;
    report_open_call(state, task, SC_ENTER, 0);
  }
  return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(sched_switch, bool preempted, struct task_struct *prev, struct task_struct *next) {
  struct scb_task *state = bpf_task_storage_get(&tasks, prev, 0, 0);
  if (state) {
    leave_slot_of(prev, state);
    leave_cpu(state, prev, preempted);
  }
  state = bpf_task_storage_get(&tasks, next, 0, 0);
  if (!state) return 0;
  if ((state->in_call || state->in_flight) && state->off_since) {
    state->blocked += bpf_ktime_get_ns() - state->off_since;
    state->off_since = 0;
  }
  if (want_wakers && state->woken) report_wake(state);
  state->woken = 0;
  return 0;
}

#endif
