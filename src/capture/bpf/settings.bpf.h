/* What the engine sets before the load. The verifier takes these for constants and drops the code
 * that they rule out. */
#ifndef SYSCOPE_CAPTURE_BPF_SETTINGS_BPF_H
#define SYSCOPE_CAPTURE_BPF_SETTINGS_BPF_H

#include "capture/bpf/layout.h"

/* Numbers whose bounds the verifiers of all kernels see: without the barriers clang tests or masks one
 * copy of a number and uses another, or drops a mask that a test before makes superfluous. */
static __always_inline u64 masked(u64 index, u64 mask) {
  barrier_var(index);
  return index & mask;
}
static __always_inline u64 at_most(u64 size, u64 limit) {
  barrier_var(size);
  if (size > limit) size = limit;
  barrier_var(size);
  return size;
}

const volatile bool all_calls = true;
const volatile u64 wanted_any[SCB_CALLS / 64];           /* by some ABI */
const volatile u64 wanted[SCB_ABIS][SCB_CALLS / 64];
const volatile bool follow_forks = false;
const volatile bool report_signals = true;
const volatile bool announce = true;
const volatile bool want_ip = false;
const volatile bool want_files = false;
const volatile bool tally_only = false;
const volatile bool tally_threads = false; /* each for itself */
const volatile bool tally_buckets = false;
const volatile bool failed_only = false;
const volatile bool successful_only = false;
const volatile u64 longer_than = 0;
const volatile bool lossless = false;
const volatile bool want_wakers = false;

/* Selection by property: tasks are adopted at their first call. */
const volatile bool selecting = false;
const volatile bool select_user = false;
const volatile u32 selected_user = 0;
const volatile bool select_cgroup = false;
const volatile bool select_cgroup_v2 = false;
const volatile u32 selected_subsystem = 0; /* cgroup v1: its number */
const volatile u64 selected_cgroup = 0;    /* kernfs id: the inode of the directory */
const volatile bool select_pid_namespace = false;
const volatile u32 selected_pid_namespace = 0;

/* The tracer: its process and the PID namespace in which it counts. */
const volatile u32 tracer_pid = 0;
const volatile u32 tracer_namespace_level = 0;

const volatile u32 ring_bytes = 0; /* a power of two */

#endif
