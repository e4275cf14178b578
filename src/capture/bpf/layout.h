/* What the kernel programs and the engine share: the ring, the plans as the kernel wants them, the
 * tallies. C and C++. */
#ifndef SYSCOPE_CAPTURE_BPF_LAYOUT_H
#define SYSCOPE_CAPTURE_BPF_LAYOUT_H

#include "catalog/plan.h"
#include "event/record.h"

/* A record never exceeds this: reading stops with SC_CUT where the room ends. */
#define SCB_RECORD_MAX 0xe000u
/* Offsets into a record are masked by this, and a read of up to as many bytes may begin at any of
 * them: so much room follows the ring's last byte, and records need not wrap around. */
#define SCB_OFFSET_MASK 0xffffu
#define SCB_SLACK 0x20000u
/* Room for a record's first part, from the entry of a call to its exit, in each thread's state. */
#define SCB_STATE_BYTES 7936
/* What one quick op copies at most: a path. */
#define SCB_QUICK_MAX 4096
#define SCB_PAGE 4096

/* The ring of one CPU: an element of the map `rings`, shared with the reader by mmap(2). Positions
 * count all bytes ever written; position p lies at data[p & mask]. A record that begins near the end
 * runs on into the slack behind it. Only programs on that CPU write, one at a time. */
struct scb_ring {
  sc_u64 head;      /* end of what may be read */
  sc_u64 tail_seen; /* the reader's tail as last looked up: a lower bound */
  sc_u64 rung_at;   /* tail_seen when the reader was last woken because of the fill */
  sc_u64 lost;      /* records since the last SC_LOST */
  sc_u64 lost_time;
  sc_u32 lost_pid, lost_tid; /* tid 0: of many */
  sc_u32 lost_nr;   /* ~0: of many */
  sc_u32 busy;      /* a program is writing: another one that interrupts it must not */
  sc_u8 gap[SCB_PAGE / 2 - 64];
  sc_u64 tail;      /* written by the reader: begin of what it has not consumed */
  sc_u8 rest[SCB_PAGE / 2 - 8];
  /* data */
};

/* The commonest ops, in a form that takes a dozen instructions: one read from an argument. */
enum scb_quick_verb { SCB_QUICK_NONE = 0, SCB_QUICK_READ = 1, SCB_QUICK_STRING = 2 };
struct scb_quick {
  sc_u8 verb;
  sc_u8 base;     /* argument */
  sc_u8 length;   /* argument; SCB_FIXED: `fixed` units */
  sc_u8 filled;   /* 1: at most the result's number of units */
  sc_u16 scale;   /* bytes of a unit */
  sc_u16 op;
  sc_u32 fixed;
  sc_u32 cap;     /* bytes, at most SCB_QUICK_MAX */
};
#define SCB_FIXED 0xff

enum scb_plan_flag {
  SCB_QUICK = 1,      /* `entry` and `exit` say it all */
  SCB_EXECS = 2,      /* after a success the memory is another one */
  SCB_EXIT_ALWAYS = 4, /* some exit op wants to run after a failure, too */
  SCB_NETLINK = 8     /* some op is for netlink sockets only */
};

struct scb_plan {
  sc_u16 first_op;
  sc_u8 op_count;
  sc_u8 flags;        /* enum scb_plan_flag */
  sc_u8 fd_arguments; /* as in sc_plan */
  sc_u8 fd_op;        /* op + 1 whose memory holds descriptors, 32 bits each; 0: none */
  sc_u8 fd_stride;    /* from one to the next */
  sc_u8 fd_offset;    /* of the first */
  struct scb_quick entry;
  struct scb_quick exit;
};

/* Calls with variants: `keys` of the table stand sorted from first_key on, plans in the same order. */
struct scb_variants {
  sc_u16 first_key;
  sc_u16 count;
  sc_u16 otherwise;   /* plan of unlisted values */
  sc_u8 arguments[2];
  sc_u8 argument_count;
  sc_u8 unused[7];
  sc_u64 mask;
  sc_u64 any_size;    /* where no key is found: the argument under this mask, with SCB_SIZED */
};

#define SCB_SIZED (1ull << 32)
#define SCB_CALLS 1024     /* system call numbers per ABI */
#define SCB_ABIS 2         /* x86-64 and i386 */
#define SCB_PLANS 8192
#define SCB_OPS 16384
#define SCB_KEYS 8192
#define SCB_VARIANTS 256
/* In plan_of: the rest is an index into the table of variants. */
#define SCB_HAS_VARIANTS 0x8000

/* A use of one call: an element of the map `tallies`, by a thread, or by all threads on one CPU. Where
 * nobody asked for the distribution, the buckets are left out. */
struct scb_tally {
  sc_u64 first;
  sc_u64 count, errors, total, min, max, blocked;
  sc_u32 pid, tid, nr, abi;
  sc_u32 buckets[SC_BUCKETS];
};
#define SCB_THREAD_TALLIES 16384

/* How a thread's state, the value of `tasks`, begins: the tracer writes it for the command it launches. */
struct scb_adopted {
  sc_u32 pid, tid, awaits_exec;
};

/* Whom the task iterator adopts: the value of `targets`. */
enum scb_target { SCB_TARGET_THREAD = 1, SCB_TARGET_PROCESS = 2, SCB_TARGET_COMMAND = 4 };

#endif
