/* The traced threads: their state, who belongs to them, their numbers. */
#ifndef SYSCOPE_CAPTURE_BPF_TASK_BPF_H
#define SYSCOPE_CAPTURE_BPF_TASK_BPF_H

#include "capture/bpf/ring.bpf.h"

/* A thread is traced if and only if it has one of these. It dies with the thread. */
struct scb_task {
  /* Begins as a struct scb_adopted. */
  u32 pid, tid;       /* as the tracer counts */
  u32 awaits_exec;    /* the launched command before its execve(2): nothing counts */
  u32 latest_signal;  /* sent to it: what `siginfo` tells of; 0: none, or SIGKILL */
  u64 siginfo[KERNEL_SIGINFO_BYTES / 8];
  u8 in_call;         /* between an entry and an exit that this trace has seen */
  u8 announced;       /* SC_ENTER is out */
  u8 in_flight;       /* the trace began inside a call */
  u8 faulted;         /* an entry op could not read */
  u8 large;           /* the entry blocks are in `large_states` */
  u8 abi;             /* of the call: 1 on i386 */
  u8 files;           /* how many SC_FD and SC_NETLINK blocks come first */
  u8 netlink;         /* argument 0 of the call is a netlink socket */
  u32 used;           /* bytes of `record` that mean something */
  u32 plan;
  u64 off_since;      /* when the thread left the CPU inside the call; 0: it is on it */
  u64 blocked;        /* ns off the CPU in this call, up to off_since */
  u64 woken;          /* when somebody made it runnable; 0: nobody has since it last ran */
  u32 waker_pid, waker_tid;
  char waker_comm[16];
  u16 first_block[16]; /* of each op, offset into the record; 0: none */
  union {
    struct sc_call call;
    u8 record[SCB_STATE_BYTES];
    struct { /* tally_only */
      u8 same_call[sizeof(struct sc_call)];
      u16 tally_of[SCB_ABIS][SCB_CALLS]; /* index + 1 into tallies */
    };
  };
};

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct scb_task);
} tasks SEC(".maps");

/* The traced thread that runs on this CPU, from a call of it until it leaves: its calls begin and end
 * here without a look-up in `tasks`. What is open then moves there. It is known by its registers, whose
 * place on its kernel stack is that of no other thread: they come with the tracepoint, while asking for
 * the task is a call, and a call costs as much as the rest of counting. */
struct scb_slot {
  u64 registers; /* their address; 0: none, or not known */
  u64 task;      /* address of its task_struct */
  struct scb_task state;
};
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, struct scb_slot);
} slots SEC(".maps");

static __always_inline struct scb_slot *slot_of_this_cpu(void) {
  u32 first = 0;
  return bpf_map_lookup_elem(&slots, &first);
}

/* How many traced threads live: explicitly followed ones, where nothing is selected by property. */
u64 alive = 0;

static __always_inline u32 number_in_tracer_namespace(struct pid *pid, u32 number) {
  if (tracer_namespace_level == 0) return number;
  struct upid in_namespace = {};
  const char *numbers = (const char *)pid + bpf_core_field_offset(struct pid, numbers);
  bpf_probe_read_kernel(&in_namespace, sizeof in_namespace,
                        numbers + tracer_namespace_level * sizeof in_namespace);
  return in_namespace.nr;
}

static __always_inline u32 tid_of(struct task_struct *task) {
  return number_in_tracer_namespace(task->thread_pid, task->pid);
}

static __always_inline u32 pid_of(struct task_struct *task) {
  return number_in_tracer_namespace(task->group_leader->thread_pid, task->tgid);
}

struct cgroup_walk {
  struct cgroup_subsys_state *css;
  bool found;
};

static long look_at_cgroup(u32 level, struct cgroup_walk *walk) {
  struct cgroup_subsys_state *css = walk->css;
  if (!css) return 1;
  struct kernfs_node *node = BPF_CORE_READ(css, cgroup, kn);
  if (BPF_CORE_READ(node, id) == selected_cgroup) {
    walk->found = true;
    return 1;
  }
  walk->css = BPF_CORE_READ(css, parent);
  return 0;
}

static __always_inline bool in_selected_cgroup(struct task_struct *task) {
  struct css_set *set = task->cgroups;
  struct cgroup_walk walk = {};
  if (select_cgroup_v2) {
    struct cgroup *group = BPF_CORE_READ(set, dfl_cgrp);
    walk.css = (struct cgroup_subsys_state *)((char *)group + bpf_core_field_offset(struct cgroup, self));
  } else {
    const char *subsys = (const char *)set + bpf_core_field_offset(struct css_set, subsys);
    bpf_probe_read_kernel(&walk.css, sizeof walk.css, subsys + selected_subsystem * sizeof walk.css);
  }
  bpf_loop(32, look_at_cgroup, &walk, 0);
  return walk.found;
}

static __always_inline bool in_selected_namespace(struct task_struct *task) {
  struct pid *pid = task->thread_pid;
  u32 level = BPF_CORE_READ(pid, level);
  struct upid number = {};
  const char *numbers = (const char *)pid + bpf_core_field_offset(struct pid, numbers);
  bpf_probe_read_kernel(&number, sizeof number, numbers + level * sizeof number);
  return BPF_CORE_READ(number.ns, ns.inum) == selected_pid_namespace;
}

static __always_inline bool is_selected(struct task_struct *task) {
  if (task->flags & PF_KTHREAD) return false;
  if (select_user && task->cred->euid.val != selected_user) return false;
  if (select_cgroup && !in_selected_cgroup(task)) return false;
  if (select_pid_namespace && !in_selected_namespace(task)) return false;
  return pid_of(task) != tracer_pid;
}

static __always_inline void fill_head(struct sc_head *head, u32 size, u16 kind, struct scb_task *state,
                                      u64 time) {
  head->size = size;
  head->kind = kind;
  head->abi = SC_ABI_X86_64;
  head->flags = 0;
  head->pid = state->pid;
  head->tid = state->tid;
  head->time = time;
}

static __always_inline void copy_comm(char *to, struct task_struct *task) {
  bpf_probe_read_kernel(to, 16, task->comm);
}

static __noinline void report_task(struct scb_task *state, struct task_struct *task, u32 how,
                                   u32 parent_tid) {
  u64 now = bpf_ktime_get_ns();
  struct scb_ring *ring = ring_of_this_cpu();
  if (!ring || !ring_begin(ring, sizeof(struct sc_task), now, state->pid, state->tid, ~0u)) return;
  struct sc_task *record = (struct sc_task *)ring_position(ring);
  fill_head(&record->head, sizeof *record, SC_TASK, state, now);
  record->how = how;
  record->parent_tid = parent_tid;
  copy_comm(record->comm, task);
  ring_end(ring, sizeof *record);
}

/* Begins to trace `task`. Null if there is no memory for its state. */
static __always_inline struct scb_task *adopt(struct task_struct *task) {
  struct scb_task *state = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!state) return NULL;
  state->tid = tid_of(task);
  state->pid = pid_of(task);
  __sync_fetch_and_add(&alive, 1);
  return state;
}

static __noinline struct scb_task *adopt_if_selected(struct task_struct *task) {
  if (!is_selected(task)) return NULL;
  struct scb_task *state = adopt(task);
  if (state) report_task(state, task, SC_TASK_ATTACHED, 0);
  return state;
}

extern int LINUX_KERNEL_VERSION __kconfig;
extern void *bpf_rdonly_cast(const void *address, u32 type) __ksym __weak; /* since Linux 6.2 */
#define LINUX_6_2 0x060200

/* The thread that has the slot is in a call of the i386 interface. */
static __always_inline bool in_compat_call(struct scb_slot *slot) {
  struct task_struct *task;
  if (LINUX_KERNEL_VERSION >= LINUX_6_2)
    task = bpf_rdonly_cast((void *)slot->task, bpf_core_type_id_kernel(struct task_struct));
  else
    task = bpf_get_current_task_btf();
  return task->thread_info.status & TS_COMPAT;
}

/* The calling thread takes this CPU's slot at the entry of call `nr`. False: the call does not count. */
static __noinline bool take_slot(struct scb_slot *slot, struct pt_regs *regs, u32 nr) {
  struct task_struct *task = bpf_get_current_task_btf();
  struct scb_task *state = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!state && selecting) state = adopt_if_selected(task);
  if (!state) return false;
  if (state->awaits_exec) {
    if (nr != (task->thread_info.status & TS_COMPAT ? 11 : 59)) return false;
    state->awaits_exec = 0;
  }
  state->in_call = 0;
  state->in_flight = 0;
  slot->registers = (u64)regs;
  slot->task = (u64)task;
  slot->state.pid = state->pid;
  slot->state.tid = state->tid;
  slot->state.in_call = 0;
  return true;
}

/* If `task` has the slot, it leaves it: its open call goes along. */
static __noinline int leave_slot_of(struct task_struct *task, struct scb_task *state) {
  const u32 from = offsetof(struct scb_task, in_call);
  struct scb_slot *slot = slot_of_this_cpu();
  if (!slot || slot->task != (u64)task) return 0;
  slot->registers = 0;
  slot->task = 0;
  if (!slot->state.in_call) return 0;
  slot->state.in_call = 0;
  u64 size = at_most(offsetof(struct scb_task, record) - from + slot->state.used,
                     sizeof(struct scb_task) - from);
  bpf_probe_read_kernel(&state->in_call, size, &slot->state.in_call);
  state->in_call = 1;
  return 0;
}

#endif
