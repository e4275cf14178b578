/* The capture plan: which bytes of the traced process a call needs, as data.
 *
 * catalogc derives it from the types of the catalog; both engines run the same ops. Ops are run in
 * order, so that an op refers only to ops before it. What an op reads leaves as sc_block records that
 * name the address, hence a plan that reads too much or fails somewhere costs bytes, never truth.
 * C and C++: the eBPF program includes it too.
 */
#ifndef SYSCOPE_CATALOG_PLAN_H
#define SYSCOPE_CATALOG_PLAN_H

#include "event/record.h"

enum sc_verb {
  SC_READ = 1,    /* `length` bytes at `base` */
  SC_STRING = 2,  /* from `base` up to and with the first NUL */
  SC_POINTERS = 3 /* machine words from `base` up to and with the first null one (argv, envp) */
};

enum sc_phase { SC_ENTRY_PHASE = 1, SC_EXIT_PHASE = 2 }; /* one op belongs to one phase */

enum sc_ref_kind {
  SC_CONST = 0, /* the value is `offset` */
  SC_ARG = 1,   /* argument `index` of the call */
  SC_RET = 2,   /* the result; a negative result counts as 0 */
  SC_FIELD = 3, /* `width` bytes at `offset` in the current element of the parent op's blocks */
  SC_OF_OP = 4, /* `width` bytes at `offset` in the first block of op `index` */
  SC_PLACE = 5  /* the address itself of the byte at `offset` from the current element of the parent
                   op's blocks: memory that follows a struct */
};

struct sc_ref {
  sc_u8 kind;
  sc_u8 width;
  sc_u16 index;
  sc_u32 offset;
};

/* What bounds an op besides its length. The engine turns it into bytes when it starts. */
enum sc_cap_kind {
  SC_CAP_BYTES = 0,   /* `cap` bytes */
  SC_CAP_STRING = 1,  /* the string limit (-s), plus one byte to know whether more follows */
  SC_CAP_ELEMENTS = 2 /* as many elements of `cap` bytes as the string limit allows, plus one; all of
                         them where nothing is abbreviated (-v), up to the engine's own bound */
};

enum sc_op_flag {
  SC_ON_SUCCESS = 1, /* exit phase: skip when the call failed */
  SC_SPREAD = 2,     /* the elements of the parent were filled one after the other from the result: an
                        element's share is what the ones before it left of `filled` */
  SC_OF_NETLINK = 4  /* runs only where argument 0 is a netlink socket; the engine looks it up at the
                        entry of calls that have such an op, and says so with an SC_NETLINK block */
};

#define SC_NO_PARENT 0xffff

struct sc_op {
  sc_u8 verb;
  sc_u8 phase;
  sc_u8 cap_kind;
  sc_u8 flags;
  sc_u16 parent;       /* op whose every element this op is run for, SC_NO_PARENT: run once */
  sc_u16 stride;       /* size of the parent's elements (of a single struct: its size); 0 without a parent */
  sc_u32 cap;          /* bytes (SC_CAP_BYTES) or bytes of one element (SC_CAP_ELEMENTS) */
  sc_u32 scale;        /* bytes per unit of `length` and `filled` */
  struct sc_ref base;  /* address; 0 skips the op */
  struct sc_ref length; /* in units, SC_READ only */
  struct sc_ref filled; /* in units: how much of it counts at exit; SC_CONST ~0: all */
};

/* The ops of one call, or of one variant of a call. */
struct sc_plan {
  sc_u16 first_op;
  sc_u8 op_count;
  sc_u8 exit_ops;      /* how many of them belong to the exit phase */
  sc_u8 arguments;     /* how many arguments the call has, 0 to 6 */
  sc_u8 fd_arguments;  /* bit k: argument k is a descriptor; bit 7: the result is one */
  sc_u8 may_block;     /* the call waits for something: it has !waits in the catalog */
  sc_u8 unused;
};

#endif
