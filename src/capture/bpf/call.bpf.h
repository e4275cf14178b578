/* Entry and exit of a call: its numbers, its plan, the quick ops. */
#ifndef SYSCOPE_CAPTURE_BPF_CALL_BPF_H
#define SYSCOPE_CAPTURE_BPF_CALL_BPF_H

#include "capture/bpf/task.bpf.h"

/* Filled by the engine after the load. */
struct scb_plan plans[SCB_PLANS];
u16 plan_of[SCB_ABIS][SCB_CALLS];
struct sc_op ops[SCB_OPS];
struct scb_variants variants[SCB_VARIANTS];
u64 keys[SCB_KEYS];
u16 key_plans[SCB_KEYS];

/* What an SC_MEMORY block's last eight bytes look like as one number. */
static __always_inline u64 block_word(u32 size, u8 kind, u8 flags, u16 op) {
  return (u64)size | (u64)kind << 32 | (u64)flags << 40 | (u64)op << 48;
}

static __always_inline u32 padded(u32 size) { return (size + 7) & ~7u; }

/* bpf_probe_read_user_str() with one meaning on all kernels: until 6.12 it returned 0, and wrote nothing,
 * for a string without a character. `to` has room for `size` (1..SCB_QUICK_MAX + 1) bytes. */
static __always_inline long read_string(u8 *to, u32 size, u64 address) {
  long got = bpf_probe_read_user_str(to, size, (void *)address);
  if (got != 0) return got;
  *to = 0;
  return 1;
}

/* Reads `size` (1..SCB_QUICK_MAX) bytes; how many came, as whole pages allow. */
static __noinline u32 read_until_fault(u8 *to, u32 size, u64 address) {
  u32 first = SCB_PAGE - (address & (SCB_PAGE - 1));
  if (first >= size) return 0;
  if (bpf_probe_read_user(to, masked(first, SCB_QUICK_MAX - 1), (void *)address) != 0) return 0;
  return first;
}

/* Zeros behind the last byte of a block, up to a multiple of eight. */
static __always_inline void pad_block(u8 *bytes, u32 size) {
  u64 *last = (u64 *)(bytes + masked(size, SCB_QUICK_MAX * 2 - 8));
  if (size & 7) *last &= (1ull << (size & 7) * 8) - 1;
}

/* Runs one quick op: a block at `to`. Returns the bytes it takes, and sets *faulted where memory could
 * not be read. `to` must have room for 16 + SCB_QUICK_MAX + 8 bytes. `args` are those of an sc_call, so
 * that any index below 8 is within it. */
static __always_inline u32 quick_block(u8 *to, const struct scb_quick *quick, const u64 *args, s64 ret,
                                       u8 flags, u8 *faulted) {
  u64 address = args[quick->base & 7];
  if (!address) return 0;
  u64 cap = at_most(quick->cap, SCB_QUICK_MAX);
  u64 size;
  if (quick->verb == SCB_QUICK_STRING) {
    long got = read_string(to + 16, cap + 1, address);
    if (got < 0) {
      *faulted = 1;
      flags |= SC_FAULT;
      got = 0;
    }
    size = got;
    if (size > cap) {
      size = cap;
      flags |= SC_CUT;
    }
  } else {
    u64 units = quick->length == SCB_FIXED ? quick->fixed : args[quick->length & 7];
    if (quick->filled && units > (u64)ret) units = ret;
    u64 length = units > SCB_RECORD_MAX ? (u64)SCB_RECORD_MAX * SCB_QUICK_MAX : units * quick->scale;
    if (length > cap) flags |= SC_CUT;
    size = at_most(length > cap ? cap : length, SCB_QUICK_MAX);
    if (size && bpf_probe_read_user(to + 16, size, (void *)address) != 0) {
      size = read_until_fault(to + 16, size, address);
      flags = (flags & ~SC_CUT) | SC_FAULT;
      *faulted = 1;
    }
  }
  size = at_most(size, SCB_QUICK_MAX);
  pad_block(to + 16, size);
  u64 *block = (u64 *)to;
  block[0] = address;
  block[1] = block_word(size, SC_MEMORY, flags, quick->op);
  return 16 + padded(size);
}

struct key_search {
  u64 key;
  u32 low, high; /* where it may be */
  u32 plan;
};

static long halve(u32 step, struct key_search *search) {
  if (search->low >= search->high) return 1;
  u32 middle = (search->low + search->high) / 2;
  if (middle >= SCB_KEYS) return 1;
  u64 there = keys[middle];
  if (there == search->key) {
    search->plan = key_plans[middle];
    return 1;
  }
  if (there < search->key) search->low = middle + 1;
  else search->high = middle;
  return 0;
}

/* The plan of a call with variants: a binary search for its key. */
static __noinline u32 select_variant(u32 index, const u64 *args) {
  struct scb_variants *table = &variants[index & (SCB_VARIANTS - 1)];
  u64 key = args[table->arguments[0] & 7];
  if (table->argument_count == 2) {
    key = key << 32 | ((u32)args[table->arguments[1] & 7] & (u32)table->mask);
  } else {
    key = (u32)key & (u32)table->mask;
  }
  u32 first = table->first_key;
  struct key_search search = {key, first, first + table->count, SCB_PLANS};
  bpf_loop(13, halve, &search, 0);
  if (search.plan != SCB_PLANS) return search.plan;
  search.plan = table->otherwise;
  if (!table->any_size) return search.plan;
  search.key = (key & table->any_size) | SCB_SIZED;
  search.low = first;
  search.high = first + table->count;
  bpf_loop(13, halve, &search, 0);
  return search.plan;
}

static __always_inline u32 plan_index(u32 abi, u32 nr, const u64 *args) {
  if (nr >= SCB_CALLS) return 0;
  u32 plan = plan_of[abi & 1][masked(nr, SCB_CALLS - 1)];
  if (plan & SCB_HAS_VARIANTS) plan = select_variant(plan & (SCB_HAS_VARIANTS - 1), args);
  return plan;
}

/* The constant part of the record and the arguments. */
static __always_inline void fill_call(struct scb_task *state, bool compat, struct pt_regs *regs) {
  struct sc_call *call = &state->call;
  *(u64 *)&call->head = (u64)SC_CALL << 32 | (u64)(compat ? SC_ABI_I386 : SC_ABI_X86_64) << 48;
  call->head.pid = state->pid;
  call->head.tid = state->tid;
  if (compat) {
    call->args[0] = (u32)regs->bx;
    call->args[1] = (u32)regs->cx;
    call->args[2] = (u32)regs->dx;
    call->args[3] = (u32)regs->si;
    call->args[4] = (u32)regs->di;
    call->args[5] = (u32)regs->bp;
    if (call->nr == 173) call->args[0] = (u32)regs->sp; /* rt_sigreturn */
  } else {
    call->args[0] = regs->di;
    call->args[1] = regs->si;
    call->args[2] = regs->dx;
    call->args[3] = regs->r10;
    call->args[4] = regs->r8;
    call->args[5] = regs->r9;
    if (call->nr == 15) call->args[0] = regs->sp; /* rt_sigreturn */
  }
}

#endif
