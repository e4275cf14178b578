/* A call begins. */
#ifndef SYSCOPE_CAPTURE_BPF_ENTRY_BPF_H
#define SYSCOPE_CAPTURE_BPF_ENTRY_BPF_H

#include "capture/bpf/exit.bpf.h"

/* Runs the entry phase of any plan; the blocks end up in the thread's state. */
static __noinline int enter_by_plan(struct scb_task *state) {
  struct scb_scratch *scratch = scratch_of_this_cpu();
  if (!scratch) return 0;
  __builtin_memcpy(&scratch->call, &state->call, sizeof scratch->call);
  __builtin_memset(scratch->first_block, 0, sizeof scratch->first_block);
  scratch->used = sizeof(struct sc_call);
  scratch->phase = SC_ENTRY_PHASE;
  scratch->from_op = 0;
  scratch->word = state->call.head.abi == SC_ABI_I386 ? 4 : 8;
  scratch->flags = SC_AT_ENTRY;
  scratch->failed = 0;
  if (want_files) append_argument_files(scratch, plans[masked(state->plan, SCB_PLANS - 1)].fd_arguments);
  scratch->netlink = 0;
  if (plans[masked(state->plan, SCB_PLANS - 1)].flags & SCB_NETLINK) append_protocol();
  state->files = scratch->call.blocks;
  state->netlink = scratch->netlink;
  run_plan(state->plan);
  if (want_files) append_memory_files(scratch, state->plan);
  return keep_entry(state, scratch);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(sys_enter, struct pt_regs *regs, long id) {
  u32 nr = id;
  if (!wanted_by_some_abi(nr)) return 0;
  struct scb_slot *slot = slot_of_this_cpu();
  if (!slot) return 0;
  if (slot->registers != (u64)regs && !take_slot(slot, regs, nr)) return 0;
  bool compat = in_compat_call(slot);
  if (!all_calls && !is_wanted(compat, nr)) return 0;
  struct scb_task *state = &slot->state;
  struct sc_call *call = &state->call;
  u64 now = bpf_ktime_get_ns();
  call->nr = nr;
  call->head.time = now;
  state->blocked = 0;
  state->off_since = 0;
  state->used = sizeof(struct sc_call);
  state->abi = compat;
  if (tally_only && nr < SCB_CALLS) {
    state->in_call = 1;
    return 0;
  }

  fill_call(state, compat, regs);
  call->ip = want_ip ? regs->ip : 0;

  u32 index = plan_index(compat, nr, call->args);
  struct scb_plan *plan = &plans[index & (SCB_PLANS - 1)];
  state->plan = index;
  state->announced = 0;
  state->faulted = 0;
  state->large = 0;
  call->blocks = 0;
  if (plan->flags & SCB_QUICK) {
    if (plan->entry.verb) {
      u32 size = quick_block(state->record + sizeof(struct sc_call), &plan->entry, call->args, 0,
                             SC_AT_ENTRY, &state->faulted);
      call->blocks = size != 0;
      state->used = sizeof(struct sc_call) + size;
    }
  } else {
    enter_by_plan(state);
  }
  barrier();
  state->in_call = 1;
  return 0;
}

#endif
