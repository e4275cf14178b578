/* Counting calls instead of recording them. */
#ifndef SYSCOPE_CAPTURE_BPF_TALLY_BPF_H
#define SYSCOPE_CAPTURE_BPF_TALLY_BPF_H

#include "capture/bpf/task.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, struct scb_tally);
} tallies SEC(".maps");

const volatile u32 tally_limit = 1;
u32 tallies_used = 0;

/* A tally for this thread and call; null if there are none left. */
static __noinline struct scb_tally *new_tally(struct scb_task *state, u32 nr) {
  if (nr >= SCB_CALLS) return NULL;
  if (tallies_used >= tally_limit) return NULL;
  u32 index = __sync_fetch_and_add(&tallies_used, 1);
  struct scb_tally *tally = bpf_map_lookup_elem(&tallies, &index);
  if (!tally) return NULL;
  tally->first = state->call.head.time;
  tally->pid = state->pid;
  tally->tid = state->tid;
  tally->nr = nr;
  tally->abi = state->abi ? SC_ABI_I386 : SC_ABI_X86_64;
  tally->min = ~0ull;
  state->tally_of[state->abi & 1][masked(nr, SCB_CALLS - 1)] = index + 1;
  return tally;
}

static __always_inline void tally(struct scb_task *state, s64 ret, u64 duration) {
  u32 nr = state->call.nr;
  struct scb_tally *tally = NULL;
  u32 index = nr < SCB_CALLS ? state->tally_of[state->abi & 1][masked(nr, SCB_CALLS - 1)] : 0;
  if (index) {
    index--;
    tally = bpf_map_lookup_elem(&tallies, &index);
  } else {
    tally = new_tally(state, nr);
  }
  if (!tally) {
    __sync_fetch_and_add(&lost_by_call[nr < SCB_CALLS ? nr : SCB_CALLS], 1);
    return;
  }
  tally->count++;
  if ((u64)ret >= (u64)-4095) tally->errors++;
  tally->total += duration;
  if (duration < tally->min) tally->min = duration;
  if (duration > tally->max) tally->max = duration;
  if (state->blocked != SC_UNKNOWN) tally->blocked += state->blocked;
  u32 bucket = sc_bucket_of(duration);
  if (bucket < SC_BUCKETS) tally->buckets[bucket]++;
}

#endif
