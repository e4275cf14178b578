/* The record: the one format of everything that leaves an engine.
 *
 * The kernel program writes these bytes into its ring, the ptrace engine builds them, a recording
 * holds them, and decode reads them. This header is included by the eBPF program (C) and by C++, and
 * nothing copies it by hand. Integers are little-endian, records and blocks start at multiples of 8.
 *
 * A stream is one record after the other. Readers skip kinds that they do not know by `size`.
 */
#ifndef SYSCOPE_EVENT_RECORD_H
#define SYSCOPE_EVENT_RECORD_H

#ifdef __cplusplus
#include <cstdint>
typedef std::uint8_t sc_u8;
typedef std::uint16_t sc_u16;
typedef std::uint32_t sc_u32;
typedef std::uint64_t sc_u64;
typedef std::int32_t sc_s32;
typedef std::int64_t sc_s64;
#else
typedef unsigned char sc_u8;
typedef unsigned short sc_u16;
typedef unsigned int sc_u32;
typedef unsigned long long sc_u64;
typedef int sc_s32;
typedef long long sc_s64;
#endif

enum sc_kind {
  SC_START = 1,   /* sc_start: first record of a stream */
  SC_ENTER = 2,   /* sc_call: a call that has begun and has not returned: an announcement */
  SC_CALL = 3,    /* sc_call: a finished call, whole: it repeats what its announcement held */
  SC_SIGNAL = 4,  /* sc_signal: a signal is being delivered */
  SC_STOP = 5,    /* sc_number: group stop by signal `number` */
  SC_EXIT = 6,    /* sc_exit: a thread has ended */
  SC_TASK = 7,    /* sc_task: a thread or process that the trace now follows */
  SC_EXEC = 8,    /* sc_exec: the process image was replaced */
  SC_DETACH = 9,  /* sc_head alone: the tracer has let this thread go */
  SC_LOST = 10,   /* sc_lost: records that do not exist, in the place where they would be */
  SC_FILE = 11,   /* sc_file: what an open file is: once per id, and again when that has changed (a
                     socket got its addresses) */
  SC_NOTE = 12,   /* sc_note: a sentence of the engine, for people */
  SC_TALLY = 13,  /* sc_tally: what was spent in one call, where calls are only counted */
  SC_WAKE = 14,   /* sc_wake: a thread that was blocked in a call runs again, and who made it so */
  SC_PID = 15,    /* sc_pid: what a process id that records of this thread show stands for: before the
                     first of them, and again when it has changed */
  SC_STACK = 16   /* sc_stack: the functions that led to the record before it of the same thread */
};

enum sc_abi { SC_ABI_X86_64 = 0, SC_ABI_I386 = 1, SC_ABI_X32 = 2, SC_ABI_ARM64 = 3 };

/* Every record starts so. */
struct sc_head {
  sc_u32 size; /* of the whole record in bytes, this head and padding included: a multiple of 8 */
  sc_u16 kind; /* enum sc_kind */
  sc_u8 abi;   /* enum sc_abi of the thread */
  sc_u8 flags; /* of the kind; 0 if it has none */
  sc_u32 pid;  /* thread group, in the tracer's PID namespace */
  sc_u32 tid;
  sc_u64 time; /* ns of CLOCK_MONOTONIC: the entry of a call, the instant of anything else */
};

#define SC_FORMAT_VERSION 1

struct sc_start {
  struct sc_head head;
  sc_u32 magic;           /* SC_MAGIC */
  sc_u32 version;         /* SC_FORMAT_VERSION */
  sc_s64 realtime_offset; /* ns to add to `time` for CLOCK_REALTIME */
};
#define SC_MAGIC 0x50435953u /* "SYCP" */

/* Flags of SC_ENTER and SC_CALL. */
enum sc_call_flag {
  SC_IN_FLIGHT = 1, /* the trace began inside this call: `time` is an estimate */
  SC_NO_RETURN = 2, /* the thread ended inside the call: `ret` means nothing */
  SC_INJECTED = 4,  /* the tracer changed the result */
  SC_NO_ENTRY = 8,  /* the entry was not seen: `args` and entry blocks mean nothing */
  SC_POKED = 16,    /* the tracer changed memory that an argument points to */
  SC_DELAYED = 32,  /* the tracer held the thread up */
  SC_NO_ERROR = 64  /* `ret` is no error, whatever it looks like: the tracer gave it as a result */
};

struct sc_call {
  struct sc_head head;
  sc_u32 nr;     /* without the x32 bit, which `abi` tells; -1 where a tracer cancelled it */
  sc_u32 blocks; /* how many sc_block follow */
  sc_u64 args[6]; /* of rt_sigreturn(2), which has none, the first is the stack pointer */
  sc_s64 ret;       /* SC_CALL only: negative errno or result, as the kernel returns it */
  sc_u64 duration;  /* ns from entry to now: for SC_ENTER the time already spent */
  sc_u64 blocked;   /* ns of `duration` off the CPU; SC_UNKNOWN where the engine did not measure */
  sc_u64 ip;        /* instruction pointer at the entry, 0 where not captured */
  /* struct sc_block[blocks], each with its bytes */
};
#define SC_UNKNOWN 0xffffffffffffffffull

enum sc_block_kind {
  SC_MEMORY = 0, /* `size` bytes of the thread's memory at `address` */
  SC_FD = 1,     /* descriptor number `address` (sign-extended; AT_FDCWD is the working directory) is
                    the open file whose sc_file id is the 8 bytes. With SC_AT_ENTRY what it was as the
                    call began, with SC_AT_EXIT what it became */
  SC_NETLINK = 3 /* descriptor number `address` is a netlink socket: its protocol (NETLINK_ROUTE) in 8
                    bytes. Only with calls whose plan asks for it (SC_OF_NETLINK) */
};

enum sc_block_flag {
  SC_AT_ENTRY = 1, /* the content as the call began */
  SC_AT_EXIT = 2,  /* the content as the call ended */
  SC_LATE = 4,     /* wanted at entry, readable only at exit: with SC_AT_ENTRY */
  SC_CUT = 8,      /* the plan's cap ended it, the memory goes on */
  SC_FAULT = 16    /* nothing there could be read: `size` is 0 and no bytes follow; or, with size > 0,
                      only so much could be read */
};

struct sc_block {
  sc_u64 address;
  sc_u32 size;  /* of the bytes that follow, padding up to 8 not counted */
  sc_u8 kind;   /* enum sc_block_kind */
  sc_u8 flags;  /* enum sc_block_flag */
  sc_u16 op;    /* number of the plan's op that read it: for tests, decode does not need it */
  /* bytes, then zeros up to a multiple of 8 */
};

struct sc_signal {
  struct sc_head head;
  sc_u32 signo;
  sc_u32 info_size;  /* bytes of siginfo that follow: 128, or 0 where it could not be read */
  sc_u64 ip;
  /* siginfo_t as a 64-bit program sees it, whatever the thread's ABI */
};

struct sc_number {
  struct sc_head head;
  sc_u64 number;
};

struct sc_exit {
  struct sc_head head;
  sc_u32 wait_status; /* as wait4(2) gives it */
  sc_u32 last;        /* 1: the whole process is gone */
};

enum sc_task_how { SC_TASK_ATTACHED = 0, SC_TASK_FORKED = 1, SC_TASK_STARTED = 2 };

struct sc_task {
  struct sc_head head;
  sc_u32 how;        /* enum sc_task_how */
  sc_u32 parent_tid; /* who made it, 0 if unknown */
  char comm[16];
};

struct sc_exec {
  struct sc_head head; /* tid == pid: the leader, from now on */
  sc_u32 former_tid;   /* the thread that called execve(2) */
  sc_u32 unused;
  char comm[16];
};

struct sc_lost {
  struct sc_head head; /* tid: whose records, 0 if of many */
  sc_u64 count;
  sc_u32 nr;  /* the call, or ~0 where of many */
  sc_u32 cpu;
};

/* What an open file is. The text is raw: names of other processes' choosing. */
enum sc_file_class {
  SC_FILE_PATH = 0,  /* the text is a path, or the kernel's name of a namespace: "net:[4026531833]" */
  SC_FILE_PIPE = 1,
  SC_FILE_SOCKET = 2, /* the text is the name of a unix socket, or empty: sc_socket follows */
  SC_FILE_ANON = 3    /* the text is the class of the anonymous inode: "[eventfd]", "inotify" */
};

/* Flags of SC_FILE. */
enum sc_file_flag {
  SC_FILE_DELETED = 1 /* the path leads here no more; it is the text without " (deleted)" */
};

struct sc_file {
  struct sc_head head;
  sc_u64 id;    /* of this open file, never used for a different one within a stream */
  sc_u64 inode;
  sc_u32 device; /* as the kernel encodes it internally: major << 20 | minor */
  sc_u32 mode;   /* of the inode: S_IFREG | 0644 */
  sc_u32 rdev;
  sc_u16 file_class; /* enum sc_file_class */
  sc_u16 text_size;
  sc_u32 open_flags;
  sc_u32 info_size; /* 0 where nobody has asked: what /proc/PID/fdinfo says of an eventfd, a signalfd,
                       a pidfd or the master of a pseudoterminal, in its lines */
  /* text, padding, info, padding, then sc_socket if SC_FILE_SOCKET */
};

struct sc_socket {
  sc_u16 family; /* 0: nothing more is known than the inode */
  sc_u16 type;
  sc_u16 protocol;
  sc_u16 state;
  sc_u16 local_port; /* host order; 0: not bound */
  sc_u16 remote_port;
  sc_u32 net_namespace; /* inode number, or 0 */
  sc_u8 local[16];      /* IPv4 in the first four; AF_NETLINK: the port id there, little-endian */
  sc_u8 remote[16];
  sc_u64 peer_inode;    /* of a unix socket */
};

/* The use of one call, by one thread or (tid 0) by many; several such records add up. Bucket b of the
 * histogram counts durations from sc_bucket_floor(b) ns up to the next bucket's floor: eight buckets
 * for each power of two, hence within 12.5 %. */
struct sc_tally {
  struct sc_head head; /* time: of the first call counted */
  sc_u32 nr;
  sc_u32 buckets; /* how many sc_u32 follow; those above the longest call are left out */
  sc_u64 count;
  sc_u64 errors;
  sc_u64 total; /* ns, as are the next three */
  sc_u64 min;
  sc_u64 max;
  sc_u64 blocked; /* of `total`, off the CPU; SC_UNKNOWN where the engine did not measure */
};
#define SC_BUCKETS 272 /* the last one begins at about 64 s and has no end */

static inline sc_u32 sc_bucket_of(sc_u64 ns) {
  if (ns < 8) return (sc_u32)ns;
  sc_u32 octave = 0; /* ns >> octave is in 8..15 */
  for (sc_u32 step = 32; step != 0; step >>= 1) {
    if (ns >> (octave + step) >= 8) octave += step;
  }
  const sc_u32 bucket = octave * 8 + (sc_u32)(ns >> octave);
  return bucket < SC_BUCKETS ? bucket : SC_BUCKETS - 1;
}

static inline sc_u64 sc_bucket_floor(sc_u32 bucket) {
  if (bucket < 8) return bucket;
  return (sc_u64)(8 + bucket % 8) << (bucket / 8 - 1);
}

struct sc_wake {
  struct sc_head head; /* the thread that was woken; `time`: when it ran */
  sc_u64 woken;        /* ns of CLOCK_MONOTONIC: when it became runnable */
  sc_u32 waker_pid;    /* who ran on the CPU that woke it; 0: nobody did. Where an interrupt woke it (a
                          timer, a device, a packet), that is whoever it happened to interrupt */
  sc_u32 waker_tid;
  char waker_comm[16];
};

/* Flags of SC_PID. */
enum sc_pid_flag {
  SC_PID_SELF = 1,   /* `number` is head.tid, and nothing that a call shows */
  SC_PID_AT_EXIT = 2 /* since the end of the call whose record comes next */
};

struct sc_pid {
  struct sc_head head; /* the thread in whose PID namespace the number counts */
  sc_s32 number;       /* of a thread, process, process group or session: above 0 */
  sc_u32 translated;   /* the same in the tracer's PID namespace; 0 where it has none */
  char comm[16];       /* of the thread of that number, cut to 15 bytes; empty where there is none */
};

struct sc_stack {
  struct sc_head head;
  sc_u32 frames; /* how many sc_frame follow, the innermost first */
  sc_u32 more;   /* 1: there are more than these */
};

struct sc_frame {
  sc_u64 pc;              /* in the innermost function the next instruction, else the return address */
  sc_u64 offset;          /* of pc in the function */
  sc_u64 module_offset;   /* of pc from where the file is mapped */
  sc_u32 module_size;     /* of the path of the mapped file, raw; 0 where the code lies in none */
  sc_u32 function_size;   /* of the name; 0 where no symbol covers the address */
  sc_u32 source_size;     /* of the path of the source; 0 without debug information */
  sc_u32 line;
  /* the three texts, one behind the other, and padding */
};

/* Flags of SC_NOTE: what it speaks of, where a person can ask not to hear of that. */
enum sc_note_flag {
  SC_NOTE_ATTACH = 1, /* threads that are traced from now on, or no more */
  SC_NOTE_EXIT = 2    /* the end of threads */
};

struct sc_note {
  struct sc_head head;
  sc_u32 text_size;
  sc_u32 unused;
  /* text */
};

#endif
