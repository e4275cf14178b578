/* Counting calls instead of recording them. */
#ifndef SYSCOPE_CAPTURE_BPF_TALLY_BPF_H
#define SYSCOPE_CAPTURE_BPF_TALLY_BPF_H

#include "capture/bpf/task.bpf.h"

/* struct scb_tally, sized by the engine: without buckets where nobody asked for them. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, u32);
  __uint(value_size, sizeof(struct scb_tally));
} tallies SEC(".maps");

const volatile u32 tally_limit = 1;
u32 tallies_used = 0;
u64 tallies_missing = 0; /* calls that found none left */

/* A tally for this thread and call, entered into the thread's table; tally_limit if none is left. */
static __noinline u32 new_tally(u16 *place) {
  if (tallies_used >= tally_limit) return tally_limit;
  u32 index = __sync_fetch_and_add(&tallies_used, 1);
  if (index < tally_limit) *place = index + 1;
  return index;
}

/* Each thread has its own tallies, or each CPU has one for every call. */
static __always_inline u32 tally_index(u32 compat, u32 nr) {
  u32 of_call = (compat & 1) * SCB_CALLS + masked(nr, SCB_CALLS - 1);
  if (!tally_threads) return bpf_get_smp_processor_id() * SCB_ABIS * SCB_CALLS + of_call;
  struct scb_task *own = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
  if (!own) return tally_limit;
  u16 *place = &own->tally_of[compat & 1][masked(nr, SCB_CALLS - 1)];
  return *place ? *place - 1 : new_tally(place);
}

static __always_inline void tally(struct scb_task *state, s64 ret, u64 duration) {
  u32 index = tally_index(state->abi, state->call.nr);
  struct scb_tally *tally = index < tally_limit ? bpf_map_lookup_elem(&tallies, &index) : NULL;
  if (!tally) {
    __sync_fetch_and_add(&tallies_missing, 1);
    return;
  }
  if (tally->count == 0) {
    tally->first = state->call.head.time;
    tally->min = duration;
    tally->pid = tally_threads ? state->pid : 0;
    tally->tid = tally_threads ? state->tid : 0;
    tally->nr = state->call.nr;
    tally->abi = state->abi ? SC_ABI_I386 : SC_ABI_X86_64;
  }
  tally->count++;
  if ((u64)ret >= (u64)-4095) tally->errors++;
  tally->total += duration;
  if (duration < tally->min) tally->min = duration;
  if (duration > tally->max) tally->max = duration;
  tally->blocked += state->blocked;
  if (tally_buckets) {
    u32 bucket = sc_bucket_of(duration);
    if (bucket < SC_BUCKETS) tally->buckets[bucket]++;
  }
}

#endif
