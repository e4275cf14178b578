/* A call ends: the record leaves. */
#ifndef SYSCOPE_CAPTURE_BPF_EXIT_BPF_H
#define SYSCOPE_CAPTURE_BPF_EXIT_BPF_H

#include "capture/bpf/file.bpf.h"
#include "capture/bpf/tally.bpf.h"

/* Entry blocks that are too many for a thread's state: argv and environment of execve(2), iovecs. */
struct scb_large {
  u8 record[SCB_RECORD_MAX];
};
struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct scb_large);
} large_states SEC(".maps");

/* What a quick block and a quick record with two of them take at most. */
#define SCB_QUICK_ENTRY (sizeof(struct sc_block) + SCB_QUICK_MAX)
#define SCB_QUICK_ROOM (sizeof(struct sc_call) + 2 * SCB_QUICK_ENTRY + 8)

/* The first test of all: most calls that nobody wants go no further. Numbers outside of the table
 * (rt_sigreturn's exit has -1) cannot be told here. */
static __always_inline bool wanted_by_some_abi(u32 nr) {
  if (all_calls) return true;
  if (nr >= SCB_CALLS) return nr == ~0u;
  return wanted_any[masked(nr / 64, SCB_CALLS / 64 - 1)] >> (nr % 64) & 1;
}

static __always_inline bool is_wanted(u32 abi, u32 nr) {
  if (nr >= SCB_CALLS) return false;
  return wanted[abi & 1][masked(nr / 64, SCB_CALLS / 64 - 1)] >> (nr % 64) & 1;
}

static __always_inline bool is_failure(s64 ret) { return (u64)ret >= (u64)-4095; }

/* Keeps what the entry phase made, from the scratch area to the thread's state. */
static __always_inline int keep_entry(struct scb_task *state, struct scb_scratch *scratch) {
  u32 used = scratch->used;
  state->call.blocks = scratch->call.blocks;
  state->faulted = scratch->faulted;
  state->used = used;
  __builtin_memcpy(state->first_block, scratch->first_block, sizeof state->first_block);
  u8 *to = state->record;
  if (used <= SCB_STATE_BYTES) {
    bpf_probe_read_kernel(to, at_most(used, SCB_STATE_BYTES), scratch->record);
    return 0;
  }
  struct scb_large *large = bpf_task_storage_get(&large_states, bpf_get_current_task_btf(), 0,
                                                 BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (large && used <= SCB_RECORD_MAX) {
    state->large = 1;
    bpf_probe_read_kernel(large->record, at_most(used, SCB_RECORD_MAX), scratch->record);
    return 0;
  }
  state->call.blocks = 0;
  state->files = 0;
  state->used = sizeof(struct sc_call);
  return 0;
}

/* Copies the entry part of the record of `task` to `to`, which has room for SCB_SLACK bytes. */
static __always_inline u32 copy_entry(u8 *to, struct scb_task *state, struct task_struct *task) {
  u32 used = state->used;
  if (state->large) {
    struct scb_large *large = bpf_task_storage_get(&large_states, task, 0, 0);
    if (large && used <= SCB_RECORD_MAX) {
      bpf_probe_read_kernel(to, at_most(used, SCB_RECORD_MAX), large->record);
      __builtin_memcpy(to, &state->call, sizeof(struct sc_call));
      return used;
    }
    used = sizeof(struct sc_call);
  }
  bpf_probe_read_kernel(to, at_most(used, SCB_STATE_BYTES), state->record);
  return used;
}

/* The exit of a call with any plan, and of one whose memory could not be read at its entry. */
static __noinline int leave_by_plan(struct scb_task *state) {
  struct task_struct *task = bpf_get_current_task_btf();
  struct scb_scratch *scratch = scratch_of_this_cpu();
  struct scb_ring *ring = ring_of_this_cpu();
  if (!scratch || !ring) return 0;
  struct scb_plan *plan = &plans[state->plan & (SCB_PLANS - 1)];
  scratch->used = copy_entry(scratch->record, state, task);
  __builtin_memcpy(scratch->first_block, state->first_block, sizeof scratch->first_block);
  scratch->word = state->call.head.abi == SC_ABI_I386 ? 4 : 8;
  scratch->failed = is_failure(state->call.ret);
  scratch->from_op = 0;
  scratch->netlink = state->netlink;
  if (state->faulted && (scratch->failed || !(plan->flags & SCB_EXECS))) {
    /* The kernel has brought the pages in by now: the entry once more. */
    scratch->used = sizeof(struct sc_call) + 24 * state->files;
    scratch->call.blocks = state->files;
    __builtin_memset(scratch->first_block, 0, sizeof scratch->first_block);
    scratch->phase = SC_ENTRY_PHASE;
    scratch->flags = SC_AT_ENTRY | SC_LATE;
    if (plan->flags & SCB_NETLINK && state->call.head.flags & SC_IN_FLIGHT) append_protocol();
    run_plan(state->plan);
    if (want_files) append_memory_files(scratch, state->plan);
  }
  scratch->phase = SC_EXIT_PHASE;
  scratch->flags = SC_AT_EXIT;
  run_plan(state->plan);
  if (want_files) append_memory_files(scratch, state->plan);

  if (want_files && plan->fd_arguments & 128 && !scratch->failed) {
    append_file(scratch->call.ret);
  }

  u32 size = scratch->used;
  scratch->call.head.size = size;
  u64 end = scratch->call.head.time + scratch->call.duration;
  if (ring_begin(ring, SCB_RECORD_MAX + 8, end, state->pid, state->tid, scratch->call.nr)) {
    bpf_probe_read_kernel(ring_position(ring), at_most(size, SCB_RECORD_MAX), scratch->record);
    ring_end(ring, size);
  }
  if (state->large) bpf_task_storage_delete(&large_states, task);
  return 0;
}

/* The common case: the record is written straight into the ring. */
static __always_inline void leave_quickly(struct scb_task *state, struct scb_plan *plan, s64 ret,
                                          u64 duration) {
  struct sc_call *call = &state->call;
  struct scb_ring *ring = ring_of_this_cpu();
  if (!ring) return;
  if (!ring_begin(ring, SCB_QUICK_ROOM, call->head.time + duration, state->pid, state->tid,
                  call->nr)) {
    return;
  }
  u8 *to = ring_position(ring);
  u64 *words = (u64 *)to;
  const u64 *from = (const u64 *)call;
#pragma unroll
  for (int at = 1; at < 10; at++) words[at] = from[at];
  struct sc_call *record = (struct sc_call *)to;
  record->ret = ret;
  record->duration = duration;
  record->blocked = state->blocked;
  record->ip = call->ip;

  u32 used = state->used;
  u32 entry_size = used - sizeof(struct sc_call);
  if (entry_size) {
    if (entry_size <= 40) {
#pragma unroll
      for (int at = 14; at < 19; at++) words[at] = from[at];
    } else {
      bpf_probe_read_kernel(to + sizeof(struct sc_call), at_most(entry_size, SCB_QUICK_ENTRY),
                            state->record + sizeof(struct sc_call));
    }
  }
  u32 blocks = call->blocks;
  if (plan->exit.verb && (!is_failure(ret) || plan->flags & SCB_EXIT_ALWAYS)) {
    u8 faulted = 0;
    u32 size = quick_block(to + (used & SCB_OFFSET_MASK), &plan->exit, call->args, ret, SC_AT_EXIT,
                           &faulted);
    used += size;
    blocks += size != 0;
  }
  record->blocks = blocks;
  words[0] = from[0] | used;
  ring_end(ring, used);
}

/* The thread was inside this call when the trace began: its registers still have the arguments, and
 * what they point to is read now. */
static __noinline bool take_up_in_flight(struct scb_task *state, struct task_struct *task,
                                         struct pt_regs *regs, u32 nr) {
  if (!state->in_flight || state->awaits_exec) return false;
  bool compat = task->thread_info.status & TS_COMPAT;
  state->in_flight = 0;
  if (!all_calls && !is_wanted(compat, nr)) return false;
  state->abi = compat;
  fill_call(state, compat, regs);
  state->call.head.flags = SC_IN_FLIGHT;
  state->call.nr = nr;
  state->call.ip = want_ip ? regs->ip : 0;
  state->call.blocks = 0;
  state->plan = tally_only ? 0 : plan_index(compat, nr, state->call.args);
  state->used = sizeof(struct sc_call);
  state->files = 0;
  state->netlink = 0;
  state->large = 0;
  state->faulted = 1;
  state->in_call = 1;
  return true;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit, struct pt_regs *regs, long ret) {
  u32 nr = regs->orig_ax;
  if (!wanted_by_some_abi(nr)) return 0;
  struct scb_slot *slot = slot_of_this_cpu();
  if (!slot) return 0;
  struct scb_task *state = &slot->state;
  if (slot->registers != (u64)regs) {
    struct task_struct *task = bpf_get_current_task_btf();
    state = bpf_task_storage_get(&tasks, task, 0, 0);
    if (!state) return 0;
    if (!state->in_call && !take_up_in_flight(state, task, regs, nr)) return 0;
  }
  if (!state->in_call) return 0;
  state->in_call = 0;

  u64 duration = bpf_ktime_get_ns() - state->call.head.time;
  if (failed_only && !is_failure(ret)) return 0;
  if (successful_only && is_failure(ret)) return 0;
  if (longer_than && duration < longer_than) return 0;
  if (tally_only && state->call.nr < SCB_CALLS) {
    tally(state, ret, duration);
    return 0;
  }
  struct scb_plan *plan = &plans[state->plan & (SCB_PLANS - 1)];
  if (plan->flags & SCB_QUICK && !state->faulted) {
    leave_quickly(state, plan, ret, duration);
  } else {
    state->call.ret = ret;
    state->call.duration = duration;
    state->call.blocked = state->blocked;
    leave_by_plan(state);
  }
  return 0;
}

#endif
