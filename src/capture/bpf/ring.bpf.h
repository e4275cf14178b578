/* Writing records into the ring of this CPU. */
#ifndef SYSCOPE_CAPTURE_BPF_RING_BPF_H
#define SYSCOPE_CAPTURE_BPF_RING_BPF_H

#include "capture/bpf/settings.bpf.h"

/* Sized by the engine: one element per CPU, SCB_PAGE + ring_bytes + SCB_SLACK each. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, u32);
  __uint(value_size, SCB_PAGE + SCB_PAGE + SCB_SLACK);
} rings SEC(".maps");

/* Wakes the reader; carries nothing. */
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} doorbell SEC(".maps");

/* Set by a reader that sleeps until the first record. */
u32 reader_sleeps = 0;
/* What was lost, by call; the last element: calls without a number of theirs, and other records. */
u64 lost_by_call[SCB_CALLS + 1];

static __always_inline void ring_doorbell(void) {
  u64 *bell = bpf_ringbuf_reserve(&doorbell, 8, 0);
  if (bell) bpf_ringbuf_discard(bell, BPF_RB_FORCE_WAKEUP);
}

static __always_inline struct scb_ring *ring_of_this_cpu(void) {
  u32 cpu = bpf_get_smp_processor_id();
  return bpf_map_lookup_elem(&rings, &cpu);
}

/* Where the next record begins. Up to SCB_SLACK bytes may be written there. */
static __always_inline u8 *ring_position(struct scb_ring *ring) {
  return (u8 *)ring + SCB_PAGE + (ring->head & (ring_bytes - 1));
}

static __always_inline void ring_publish(struct scb_ring *ring, u32 size) {
  barrier();
  *(volatile u64 *)&ring->head = ring->head + size; /* x86: stores are seen in their order */
  if (*(volatile u32 *)&reader_sleeps) {
    reader_sleeps = 0;
    ring_doorbell();
  }
}

static __always_inline void ring_lose(struct scb_ring *ring, u64 time, u32 pid, u32 tid, u32 nr) {
  if (ring->lost == 0) {
    ring->lost_time = time;
    ring->lost_pid = pid;
    ring->lost_tid = tid;
    ring->lost_nr = nr;
  } else {
    if (ring->lost_pid != pid) ring->lost_pid = 0;
    if (ring->lost_tid != tid) ring->lost_tid = 0;
    if (ring->lost_nr != nr) ring->lost_nr = ~0u;
  }
  ring->lost++;
  __sync_fetch_and_add(&lost_by_call[nr < SCB_CALLS ? nr : SCB_CALLS], 1);
}

static __noinline void ring_write_lost(struct scb_ring *ring) {
  struct sc_lost *lost = (struct sc_lost *)ring_position(ring);
  lost->head.size = sizeof *lost;
  lost->head.kind = SC_LOST;
  lost->head.abi = SC_ABI_X86_64;
  lost->head.flags = 0;
  lost->head.pid = ring->lost_pid;
  lost->head.tid = ring->lost_tid;
  lost->head.time = ring->lost_time;
  lost->count = ring->lost;
  lost->nr = ring->lost_nr;
  lost->cpu = bpf_get_smp_processor_id();
  ring->lost = 0;
  ring_publish(ring, sizeof *lost);
}

static long wait_a_little(u32 round, void *until) {
  return bpf_ktime_get_ns() >= *(u64 *)until;
}

/* Lossless: the fuller the ring, the slower the traced: up to 60 us a record, and 1 ms where hardly any
 * room is left. Between two calls the scheduler may run whoever must run here, the reader for one. */
static __noinline void ring_brake(u64 used) {
  u64 above = used - ring_bytes / 2;
  u64 pause = 2000 + above * 116000 / ring_bytes;
  if (above > ring_bytes / 4) pause = 1000000;
  u64 until = bpf_ktime_get_ns() + pause;
  bpf_loop(1 << 17, wait_a_little, &until, 0);
}

/* Brings tail_seen up to date, wakes the reader when half of the ring is full. */
static __noinline u64 ring_look_at_tail(struct scb_ring *ring) {
  ring->tail_seen = *(volatile u64 *)&ring->tail;
  u64 used = ring->head - ring->tail_seen;
  if (used >= ring_bytes / 2 && ring->rung_at != ring->tail_seen + 1) {
    ring->rung_at = ring->tail_seen + 1;
    ring_doorbell();
  }
  return used;
}

/* Prepares the ring for a record of at most `need` bytes: true if it may be written at
 * ring_position(). False: it is counted as lost. A true must be followed by ring_end(). */
static __always_inline bool ring_begin(struct scb_ring *ring, u32 need, u64 time, u32 pid, u32 tid,
                                       u32 nr) {
  if (ring->busy) {
    ring_lose(ring, time, pid, tid, nr);
    return false;
  }
  u64 used = ring->head - ring->tail_seen;
  if (used >= ring_bytes / 2) {
    used = ring_look_at_tail(ring);
    if (lossless && used + need >= ring_bytes / 2) {
      ring_brake(used + need > ring_bytes / 2 ? used + need : ring_bytes / 2);
      used = ring_look_at_tail(ring);
    }
    if (used + need + sizeof(struct sc_lost) > ring_bytes) {
      ring_lose(ring, time, pid, tid, nr);
      return false;
    }
  }
  ring->busy = 1;
  barrier();
  if (ring->lost) ring_write_lost(ring);
  return true;
}

static __always_inline void ring_end(struct scb_ring *ring, u32 size) {
  ring_publish(ring, size);
  barrier();
  ring->busy = 0;
}

#endif
