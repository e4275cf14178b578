/* The kernel side of the eBPF engine: one entry and one exit program on the raw system call
 * tracepoints, and small ones for what else happens to a thread. */
#include "capture/bpf/kernel.h"
/* kernel.h first: it has the types that libbpf's headers expect of a vmlinux.h */
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "capture/bpf/plan.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL"; /* the kernel's word for what may use its helpers */

#include "capture/bpf/exit.bpf.h"
#include "capture/bpf/entry.bpf.h"
#include "capture/bpf/life.bpf.h"
#include "capture/bpf/signal.bpf.h"
#include "capture/bpf/attach.bpf.h"
