/* Adopting threads that already run, and the calls that they are in. */
#ifndef SYSCOPE_CAPTURE_BPF_ATTACH_BPF_H
#define SYSCOPE_CAPTURE_BPF_ATTACH_BPF_H

#include "capture/bpf/exit.bpf.h"

/* Whom to adopt: number in the tracer's namespace to enum scb_target. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 16384);
  __type(key, u32);
  __type(value, u32);
} targets SEC(".maps");

static __always_inline u32 target_kind(struct task_struct *task) {
  u32 tid = tid_of(task);
  u32 *kind = bpf_map_lookup_elem(&targets, &tid);
  if (kind) return *kind;
  u32 pid = pid_of(task);
  kind = bpf_map_lookup_elem(&targets, &pid);
  if (kind && *kind == SCB_TARGET_PROCESS) return *kind;
  return selecting && is_selected(task) ? SCB_TARGET_THREAD : 0;
}

/* What the iterator tells of a call in flight; the engine makes an SC_ENTER of it. */
struct in_flight_record {
  struct sc_task task;
  struct sc_call call;
};

/* When a sleeper last had a CPU, on CLOCK_MONOTONIC; `now` where nobody knows. The scheduler notes it
 * in the clock of that CPU, which leaves out what interrupts and the hypervisor took: minutes in an
 * hour on a virtual machine. The balancer that moves a sleeper to another CPU clears it. */
static u64 asleep_since(struct task_struct *task, u64 now) {
  u64 ran = task->se.exec_start;
  if (!ran || !bpf_core_field_exists(task->se.cfs_rq)) return now;
  struct task_struct *self = bpf_get_current_task_btf();
  u64 here = BPF_CORE_READ(self, se.cfs_rq, rq, clock);
  u64 there = BPF_CORE_READ(task, se.cfs_rq, rq, clock);
  u64 asleep = here - (ran + (there - BPF_CORE_READ(task, se.cfs_rq, rq, clock_task)));
  if ((s64)asleep < 0) return now;
  u64 since = now - asleep;
  return (s64)(since - task->start_time) < 0 ? task->start_time : since;
}

/* One sc_task for each thread adopted; behind it an sc_call of kind SC_ENTER if it is inside a call:
 * without blocks, the engine reads the memory. */
SEC("iter/task")
int adopt_tasks(struct bpf_iter__task *ctx) {
  struct task_struct *task = ctx->task;
  if (!task || task->flags & PF_KTHREAD || task->exit_state) return 0; /* no zombies */
  u32 kind = target_kind(task);
  if (!kind || bpf_task_storage_get(&tasks, task, 0, 0)) return 0;

  struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
  u32 nr = regs->orig_ax;
  bool inside = kind != SCB_TARGET_COMMAND && nr != ~0u && !task->on_cpu && task->__state != 0;
  struct scb_task *state = adopt(task);
  if (!state) return 0;
  state->awaits_exec = kind == SCB_TARGET_COMMAND;
  u64 now = bpf_ktime_get_ns();

  struct in_flight_record record = {};
  fill_head(&record.task.head, sizeof record.task, SC_TASK, state, now);
  record.task.how = kind == SCB_TARGET_COMMAND ? SC_TASK_STARTED : SC_TASK_ATTACHED;
  copy_comm(record.task.comm, task);
  if (!inside) {
    bpf_seq_write(ctx->meta->seq, &record, sizeof record.task);
    return 0;
  }
  u64 since = asleep_since(task, now);
  state->call.head.time = since;
  state->in_flight = 1;
  state->off_since = since;
  state->blocked = 0;
  bool compat = task->thread_info.status & TS_COMPAT;
  fill_call(state, compat, regs);
  record.call = state->call;
  record.call.head.size = sizeof record.call;
  record.call.head.kind = SC_ENTER;
  record.call.head.flags = SC_IN_FLIGHT;
  record.call.head.time = since;
  record.call.nr = nr;
  record.call.duration = now - since;
  record.call.blocked = record.call.duration;
  record.call.ip = want_ip ? regs->ip : 0;
  bpf_seq_write(ctx->meta->seq, &record, sizeof record);
  return 0;
}

#endif
