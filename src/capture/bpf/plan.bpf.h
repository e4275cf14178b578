/* The capture plan, interpreted: any op, any nesting. The record is built in a scratch area of this
 * CPU; programs on system calls cannot be preempted by each other, so it has one user at a time. */
#ifndef SYSCOPE_CAPTURE_BPF_PLAN_BPF_H
#define SYSCOPE_CAPTURE_BPF_PLAN_BPF_H

#include "capture/bpf/call.bpf.h"

struct scb_scratch {
  u32 used;           /* bytes of the record */
  u32 phase;          /* enum sc_phase */
  u32 from_op;        /* ops before this one are not run */
  u32 word;           /* bytes of a pointer of the traced thread */
  u8 flags;           /* of the blocks being made */
  u8 faulted;
  u8 failed;          /* exit phase: the call did */
  u8 netlink;         /* argument 0 is a netlink socket */
  u32 fault_op, fault_used, fault_blocks; /* where the first op that could not read began */
  u32 first_op;
  u32 block_at, element_at; /* offsets: the parent's block, its current element */
  u64 element_address; /* where that element lies in the traced process */
  u64 left;           /* SC_SPREAD: what the elements so far left */
  /* of the read under way */
  u64 address;
  u32 want, got;
  u16 first_block[16];
  union {
    struct sc_call call;
    u8 record[2 * (SCB_OFFSET_MASK + 1)];
  };
};

/* One element per CPU. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, struct scb_scratch);
} scratches SEC(".maps");

static __always_inline struct scb_scratch *scratch_of_this_cpu(void) {
  u32 cpu = bpf_get_smp_processor_id();
  return bpf_map_lookup_elem(&scratches, &cpu);
}

/* Where a callback of bpf_loop finds its work. */
struct plan_run {
  struct scb_scratch *scratch;
  struct sc_op *op;
  u32 number; /* of the op in `ops` */
};

static __always_inline u64 load_number(struct scb_scratch *scratch, u32 offset, u32 width) {
  u8 *from = scratch->record + (offset & SCB_OFFSET_MASK);
  switch (width) {
    case 1: return *from;
    case 2: return *(u16 *)from;
    case 4: return *(u32 *)from;
    default: return *(u64 *)from;
  }
}

/* The functions that are not static the verifier checks once each, whoever calls them. */

enum op_ref { REF_BASE, REF_LENGTH, REF_FILLED };

/* What a reference of the op `number` stands for. */
__attribute__((noinline)) u64 value_of(u32 number, u32 which) {
  struct scb_scratch *scratch = scratch_of_this_cpu();
  if (!scratch) return 0;
  struct sc_op *op = &ops[masked(number, SCB_OPS - 1)];
  struct sc_ref *ref = which == REF_BASE ? &op->base : which == REF_LENGTH ? &op->length : &op->filled;
  u32 offset = ref->offset;
  switch (ref->kind) {
    case SC_CONST: return offset == ~0u ? ~0ull : offset;
    case SC_ARG: return scratch->call.args[ref->index & 7];
    case SC_RET: return scratch->call.ret < 0 ? 0 : scratch->call.ret;
    case SC_FIELD: return load_number(scratch, scratch->element_at + offset, ref->width);
    case SC_PLACE: return scratch->element_address ? scratch->element_address + offset : 0;
    default: break;
  }
  u32 block = scratch->first_block[ref->index & 15];
  if (!block) return 0;
  u32 size = load_number(scratch, block + 8, 4);
  if (offset + ref->width > size) return 0;
  return load_number(scratch, block + sizeof(struct sc_block) + offset, ref->width);
}

/* Continues the read under way up to the end of a page. 1: there is no more to read. */
static long read_page(u32 round, struct plan_run *run) {
  struct scb_scratch *scratch = run->scratch;
  u32 size = SCB_PAGE - (scratch->address & (SCB_PAGE - 1));
  u32 left = scratch->want - scratch->got;
  if (size > left) size = left;
  if (size == 0) return 1;
  u32 at = (scratch->used + sizeof(struct sc_block) + scratch->got) & SCB_OFFSET_MASK;
  u8 *to = scratch->record + at;
  u32 verb = run->op->verb;
  if (verb == SC_STRING) {
    long got = read_string(to, at_most(size, SCB_PAGE) + 1, scratch->address);
    if (got < 0) goto fault;
    if (got <= size) {
      scratch->got += got;
      return 1;
    }
  } else if (bpf_probe_read_user(to, at_most(size, SCB_PAGE), (void *)scratch->address) != 0) {
    goto fault;
  }
  scratch->got += size;
  scratch->address += size;
  return 0;
fault:
  scratch->faulted = 1;
  return 1;
}

/* Is the word at this place of the pointers just read null? Then they end there. */
static long find_null(u32 at, struct plan_run *run) {
  struct scb_scratch *scratch = run->scratch;
  u32 offset = at * scratch->word;
  if (offset + scratch->word > scratch->got) return 1;
  if (load_number(scratch, scratch->used + sizeof(struct sc_block) + offset, scratch->word)) return 0;
  scratch->got = offset + scratch->word;
  scratch->want = 0;
  return 1;
}

/* Runs the op `number` for the element at scratch->element_at, or for the call itself. */
__attribute__((noinline)) int run_once(u32 number) {
  struct scb_scratch *scratch = scratch_of_this_cpu();
  if (!scratch) return 0;
  struct sc_op *op = &ops[masked(number, SCB_OPS - 1)];
  struct plan_run on_stack = {.scratch = scratch, .op = op, .number = number};
  struct plan_run *run = &on_stack;
  u32 in_plan = number - scratch->first_op;
  u64 address = value_of(number, REF_BASE);
  u32 used = scratch->used;
  if (!address || used + sizeof(struct sc_block) + 8 >= SCB_RECORD_MAX) return 0;
  u32 room = SCB_RECORD_MAX - used - sizeof(struct sc_block) - 8;

  u64 length = op->cap;
  u8 flags = scratch->flags;
  if (op->verb == SC_READ) {
    length = value_of(number, REF_LENGTH);
    u64 filled = value_of(number, REF_FILLED);
    if (scratch->phase == SC_EXIT_PHASE && !(op->flags & SC_SPREAD) && filled < length) length = filled;
    length = length > 0xffffffff ? ~0ull : length * op->scale;
    if (op->flags & SC_SPREAD && scratch->phase == SC_EXIT_PHASE) {
      if (length > scratch->left) length = scratch->left;
      scratch->left -= length;
    }
  }
  if (length > op->cap) {
    length = op->cap;
    flags |= SC_CUT;
  }
  if (length > room) {
    length = room;
    flags |= SC_CUT;
  }

  u8 faulted = scratch->faulted;
  scratch->faulted = 0;
  scratch->address = address;
  scratch->want = length;
  scratch->got = 0;
  bpf_loop(SCB_RECORD_MAX / SCB_PAGE + 2, read_page, run, 0);
  if (op->verb == SC_POINTERS) {
    bpf_loop(SCB_RECORD_MAX / 4, find_null, run, 0);
    if (scratch->want == 0) scratch->faulted = 0; /* the null came before the fault */
    else if (!scratch->faulted) flags |= SC_CUT;
  }
  u32 got = scratch->got;
  if (op->verb == SC_STRING && !scratch->faulted && got == scratch->want && got) {
    if (load_number(scratch, used + sizeof(struct sc_block) + got - 1, 1)) flags |= SC_CUT;
  }
  if (scratch->faulted) {
    flags = (flags & ~SC_CUT) | SC_FAULT;
    if (scratch->fault_op == ~0u) {
      scratch->fault_op = in_plan;
      scratch->fault_used = used;
      scratch->fault_blocks = scratch->call.blocks;
    }
  }
  scratch->faulted |= faulted;

  u64 *block = (u64 *)(scratch->record + (used & SCB_OFFSET_MASK));
  block[0] = address;
  block[1] = block_word(got, SC_MEMORY, flags, in_plan);
  u32 end = used + sizeof(struct sc_block) + got;
  u64 *last = (u64 *)(scratch->record + (end & (SCB_OFFSET_MASK - 7)));
  if (got & 7) *last &= (1ull << (got & 7) * 8) - 1;
  if (!scratch->first_block[in_plan & 15]) scratch->first_block[in_plan & 15] = used;
  scratch->used = used + sizeof(struct sc_block) + padded(got);
  scratch->call.blocks++;
  return 0;
}

static long run_for_element(u32 at, struct plan_run *run) {
  run_once(run->number);
  run->scratch->element_at += run->op->stride;
  run->scratch->element_address += run->op->stride;
  return 0;
}

/* Looks at one block of the record: if the parent op read it, the op is run for its elements. */
static long run_for_block(u32 at, struct plan_run *run) {
  struct scb_scratch *scratch = run->scratch;
  u32 header = scratch->block_at;
  u64 word = load_number(scratch, header + 8, 8);
  u32 size = word;
  if (size > SCB_RECORD_MAX) return 1;
  scratch->block_at = header + sizeof(struct sc_block) + padded(size);
  if ((u16)(word >> 48) != run->op->parent || (u8)(word >> 32) != SC_MEMORY) return 0;
  u32 stride = run->op->stride;
  u32 count = stride ? size / stride : 0;
  if (count > 4096) count = 4096;
  scratch->element_at = header + sizeof(struct sc_block);
  scratch->element_address = load_number(scratch, header, 8);
  if (run->op->flags & SC_SPREAD) {
    u64 filled = value_of(run->number, REF_FILLED);
    scratch->left = filled > 0xffffffff ? ~0ull : filled * run->op->scale;
  }
  bpf_loop(count, run_for_element, run, 0);
  return 0;
}

static long run_op(u32 at, struct plan_run *run) {
  struct scb_scratch *scratch = run->scratch;
  u32 number = scratch->first_op + at;
  if (number >= SCB_OPS || at < scratch->from_op) return 0;
  struct sc_op *op = &ops[number];
  run->op = op;
  run->number = number;
  if (op->phase != scratch->phase) return 0;
  if (scratch->failed && op->flags & SC_ON_SUCCESS) return 0;
  if (op->flags & SC_OF_NETLINK && !scratch->netlink) return 0;
  if (op->parent == SC_NO_PARENT) {
    run_once(number);
    return 0;
  }
  scratch->block_at = sizeof(struct sc_call);
  u32 blocks = scratch->call.blocks;
  if (blocks > 4096) blocks = 4096;
  bpf_loop(blocks, run_for_block, run, 0);
  return 0;
}

/* Runs the ops of a plan that belong to scratch->phase, from scratch->from_op on. Global: the verifier
 * goes through it once per program, however often it is called. */
__attribute__((noinline)) int run_plan(u32 index) {
  struct scb_scratch *scratch = scratch_of_this_cpu();
  if (!scratch) return 0;
  struct scb_plan *plan = &plans[index & (SCB_PLANS - 1)];
  struct plan_run run = {.scratch = scratch, .op = ops};
  scratch->first_op = plan->first_op;
  scratch->fault_op = ~0u;
  scratch->faulted = 0;
  bpf_loop(plan->op_count, run_op, &run, 0);
  return 0;
}

#endif
