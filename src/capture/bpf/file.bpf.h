/* What an open file is: an id for each, and one description when it is first seen. Only the programs
 * at entry and exit of calls come here, one at a time on each CPU. */
#ifndef SYSCOPE_CAPTURE_BPF_FILE_BPF_H
#define SYSCOPE_CAPTURE_BPF_FILE_BPF_H

#include "capture/bpf/file_state.bpf.h"
#include "capture/bpf/socket.bpf.h"

#define PIPEFS_MAGIC 0x50495045
#define NSFS_MAGIC 0x6e736673
#define S_IFSOCK 0140000
#define AT_FDCWD -100
#define PATH_BYTES 4096

struct known_file {
  u64 id;
  u64 inode;  /* address: with that of the open file, its identity */
  u64 number; /* of the inode, since addresses are used again */
  u64 seen;   /* what may change, or tell files apart that share an inode */
};

/* By the address of the open file; by that of the dentry, plus one, for a directory. What falls out gets a new id and a new description. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 1);
  __type(key, u64);
  __type(value, struct known_file);
} known_files SEC(".maps");

struct path_walk {
  struct dentry *dentry;
  struct vfsmount *mount;
  struct dentry *root_dentry; /* of the process */
  struct vfsmount *root_mount;
  u32 at;                     /* the path so far begins here */
  u8 bytes[2 * PATH_BYTES];
};
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, struct path_walk);
} path_walks SEC(".maps");

u64 last_file_id = 0;

/* One step towards the root: a name, or over the edge of a mount. 1: done. */
static long step_up(u32 round, struct path_walk **walk_at) {
  struct path_walk *walk = *walk_at;
  struct dentry *dentry = walk->dentry;
  struct vfsmount *mount = walk->mount;
  if (dentry == walk->root_dentry && mount == walk->root_mount) return 1;
  if (dentry == BPF_CORE_READ(mount, mnt_root)) {
    struct mount *whole = (struct mount *)((char *)mount - bpf_core_field_offset(struct mount, mnt));
    struct mount *parent = BPF_CORE_READ(whole, mnt_parent);
    if (parent == whole) return 1;
    walk->dentry = BPF_CORE_READ(whole, mnt_mountpoint);
    walk->mount = (struct vfsmount *)((char *)parent + bpf_core_field_offset(struct mount, mnt));
    return 0;
  }
  struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
  if (parent == dentry) return 1;
  u32 length = BPF_CORE_READ(dentry, d_name.len);
  const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
  if (length > 255 || walk->at < length + 1) return 1;
  u32 at = walk->at - length - 1;
  walk->bytes[masked(at, PATH_BYTES - 1)] = '/';
  bpf_probe_read_kernel(&walk->bytes[masked(at, PATH_BYTES - 1) + 1], masked(length, 255), name);
  walk->at = at;
  walk->dentry = parent;
  return 0;
}

/* Puts the name of the last component to `to`; returns its length. */
static __always_inline u32 copy_name(u8 *to, struct dentry *dentry) {
  u32 length = BPF_CORE_READ(dentry, d_name.len);
  if (length > 255) length = 255;
  bpf_probe_read_kernel(to, masked(length, 255), BPF_CORE_READ(dentry, d_name.name));
  return length;
}

/* Puts the path to `to`; returns its length. */
static __always_inline u32 copy_path(u8 *to, struct open_file *open) {
  u32 cpu = bpf_get_smp_processor_id();
  struct path_walk *walk = bpf_map_lookup_elem(&path_walks, &cpu);
  if (!walk) return 0;
  struct task_struct *task = bpf_get_current_task_btf();
  walk->dentry = open->dentry;
  walk->mount = open->mount;
  walk->root_dentry = BPF_CORE_READ(task, fs, root.dentry);
  walk->root_mount = BPF_CORE_READ(task, fs, root.mnt);
  walk->at = PATH_BYTES - 1;
  bpf_loop(128, step_up, &walk, 0);
  u32 at = walk->at;
  if (at >= PATH_BYTES - 1) {
    *to = '/';
    return 1;
  }
  u32 length = PATH_BYTES - 1 - at;
  bpf_probe_read_kernel(to, at_most(length, PATH_BYTES), &walk->bytes[masked(at, PATH_BYTES - 1)]);
  return length;
}

/* Unlinked: no look-up leads there any more. */
static __always_inline bool is_unhashed(struct dentry *dentry) { return !BPF_CORE_READ(dentry, d_hash.pprev); }

/* Belongs to no directory: made by the kernel for one open file, as for memfd_create(2). */
static __always_inline bool is_lone(struct open_file *open) {
  return OPEN_READ(open->dentry, d_parent) == open->dentry &&
         OPEN_READ(open->mount, mnt_root) != open->dentry;
}

/* The text of what is neither pipe nor socket; sets the class and the flags of the record. */
static __noinline u32 name_file(struct sc_file *record, struct open_file *open, u64 magic) {
  u8 *text = (u8 *)(record + 1);
  record->file_class = SC_FILE_PATH;
  if (magic == ANON_INODE_FS_MAGIC) {
    record->file_class = SC_FILE_ANON;
    return copy_name(text, open->dentry);
  }
  if (magic == PID_FS_MAGIC) {
    record->file_class = SC_FILE_ANON;
    __builtin_memcpy(text, "[pidfd]", 7);
    return 7;
  }
  if (magic == NSFS_MAGIC) {
    struct ns_common *space = OPEN_READ(open->inode, i_private);
    return PUT_TEXT(text, "%s:[%llu]", (u64)BPF_CORE_READ(space, ops, name), record->inode);
  }
  if (is_lone(open)) {
    record->head.flags = SC_FILE_DELETED;
    *text = '/';
    return 1 + copy_name(text + 1, open->dentry);
  }
  if (is_unhashed(open->dentry) && OPEN_READ(open->dentry, d_parent) != open->dentry) {
    record->head.flags = SC_FILE_DELETED;
  }
  return copy_path(text, open);
}

static __noinline bool describe_file(struct scb_scratch *scratch, struct open_file *open, u64 id) {
  struct scb_ring *ring = ring_of_this_cpu();
  if (!ring) return false;
  u64 now = bpf_ktime_get_ns();
  u32 pid = scratch->call.head.pid, tid = scratch->call.head.tid;
  u32 room = sizeof(struct sc_file) + PATH_BYTES + STATE_BYTES + sizeof(struct sc_socket);
  if (!ring_begin(ring, room, now, pid, tid, ~0u)) return false;
  struct sc_file *record = (struct sc_file *)ring_position(ring);
  struct inode *inode = open->inode;
  u64 magic = BPF_CORE_READ(inode, i_sb, s_magic);
  record->head.kind = SC_FILE;
  record->head.abi = SC_ABI_X86_64;
  record->head.flags = 0;
  record->head.pid = pid;
  record->head.tid = tid;
  record->head.time = now;
  record->id = id;
  record->inode = BPF_CORE_READ(inode, i_ino);
  record->device = BPF_CORE_READ(inode, i_sb, s_dev);
  record->mode = BPF_CORE_READ(inode, i_mode);
  record->rdev = BPF_CORE_READ(inode, i_rdev);
  record->open_flags = open->file ? OPEN_READ(open->file, f_flags) : 0;
  u8 *text = (u8 *)(record + 1);
  u32 length = 0, state = 0;
  bool is_socket = (record->mode & S_IFMT) == S_IFSOCK && open->file;
  if (is_socket) {
    record->file_class = SC_FILE_SOCKET;
    length = name_socket(text, open->file);
  } else if (magic == PIPEFS_MAGIC) {
    record->file_class = SC_FILE_PIPE;
  } else {
    length = name_file(record, open, magic);
  }
  length = masked(length, PATH_BYTES - 1);
  pad_block(text, length);
  record->text_size = length;
  u32 size = sizeof *record + padded(length);
  u8 *rest = text + masked(padded(length), 2 * PATH_BYTES - 1);
  if (is_socket) {
    describe_socket((struct sc_socket *)rest, open->file);
    size += sizeof(struct sc_socket);
  } else if (open->file) {
    state = masked(put_state(rest, open, magic), STATE_BYTES - 1);
    pad_block(rest, state);
    size += padded(state);
  }
  record->info_size = state;
  record->head.size = size;
  ring_end(ring, size);
  return true;
}

/* What may change while a file is open, or tell apart what shares an inode, in a number. */
static __noinline u64 signature_of(struct open_file *open, bool is_socket) {
  u64 signature = (u64)open->dentry * 3 + (u64)OPEN_READ(open->dentry, d_parent) * 5 +
                  OPEN_READ(open->dentry, d_name.hash) * 7 + is_unhashed(open->dentry);
  if (!open->file) return signature + (u64)open->mount;
  signature += (u64)OPEN_READ(open->file, f_op) * 11;
  return signature + (is_socket ? socket_signature(open->file) : state_signature(open));
}

static __always_inline u64 id_of(struct scb_scratch *scratch, struct open_file *open, u64 key) {
  u64 ino = OPEN_READ(open->inode, i_ino);
  bool is_socket = open->file && (OPEN_READ(open->inode, i_mode) & S_IFMT) == S_IFSOCK;
  u64 signature = signature_of(open, is_socket);
  struct known_file *known = bpf_map_lookup_elem(&known_files, &key);
  bool same = known && known->inode == (u64)open->inode && known->number == ino;
  if (same && known->seen == signature) return known->id;
  struct known_file value = {0, (u64)open->inode, ino, signature};
  /* Another description of a socket is the same socket's; of the rest it may be another file's. */
  value.id = same && is_socket ? known->id : __sync_fetch_and_add(&last_file_id, 1) + 1;
  if (describe_file(scratch, open, value.id)) bpf_map_update_elem(&known_files, &key, &value, BPF_ANY);
  return value.id;
}

/* The open file behind a descriptor of the calling thread, to where the caller keeps it: stacks are short
 * on Linux 6.1. Null if it is not open. */
static __always_inline void find_file(struct task_struct *task, u32 number, struct file **file) {
  struct fdtable *table = BPF_CORE_READ(task, files, fdt);
  *file = 0;
  if (number >= BPF_CORE_READ(table, max_fds)) return;
  struct file **slots = BPF_CORE_READ(table, fd);
  bpf_probe_read_kernel(file, sizeof *file, slots + number);
}

/* The id of descriptor `number` of the calling thread; 0 if it is not open. */
static __always_inline u64 file_id(struct scb_scratch *scratch, u32 number) {
  struct task_struct *task = bpf_get_current_task_btf();
  struct open_file open = {};
  if ((s32)number == AT_FDCWD) {
    open.dentry = BPF_CORE_READ(task, fs, pwd.dentry);
    open.mount = BPF_CORE_READ(task, fs, pwd.mnt);
    open.inode = OPEN_READ(open.dentry, d_inode);
  } else {
    find_file(task, number, &open.file);
    if (!open.file) return 0;
    open.dentry = OPEN_READ(open.file, f_path.dentry);
    open.mount = OPEN_READ(open.file, f_path.mnt);
    open.inode = OPEN_READ(open.file, f_inode);
  }
  return id_of(scratch, &open, open.file ? (u64)open.file : (u64)open.dentry + 1);
}

/* Appends an SC_FD block for a descriptor, if it is open. Global: the verifier goes through it once. */
__attribute__((noinline)) int append_file(u32 number) {
  struct scb_scratch *scratch = scratch_of_this_cpu();
  if (!scratch) return 0;
  u32 used = scratch->used;
  if (((s32)number < 0 && (s32)number != AT_FDCWD) || used + 24 > SCB_RECORD_MAX) return 0;
  u64 id = file_id(scratch, number);
  if (!id) return 0;
  u64 *block = (u64 *)(scratch->record + masked(used, SCB_OFFSET_MASK));
  block[0] = (s64)(s32)number;
  block[1] = block_word(8, SC_FD, scratch->flags, 0);
  block[2] = id;
  scratch->used = used + 24;
  scratch->call.blocks++;
  return 1;
}

/* Says that argument 0 is a netlink socket, if it is one. Global: the verifier goes through it once. */
__attribute__((noinline)) int append_protocol(void) {
  struct scb_scratch *scratch = scratch_of_this_cpu();
  if (!scratch) return 0;
  u32 number = scratch->call.args[0];
  u32 used = scratch->used;
  struct file *file;
  find_file(bpf_get_current_task_btf(), number, &file);
  if (!file || used + 24 > SCB_RECORD_MAX) return 0;
  if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK) return 0;
  struct sock *sk = sock_of(file);
  if (!sk || BPF_CORE_READ(sk, __sk_common.skc_family) != AF_NETLINK) return 0;
  u64 *block = (u64 *)(scratch->record + masked(used, SCB_OFFSET_MASK));
  block[0] = (s64)(s32)number;
  block[1] = block_word(8, SC_NETLINK, SC_AT_ENTRY, 0);
  block[2] = BPF_CORE_READ(sk, sk_protocol);
  scratch->used = used + 24;
  scratch->call.blocks++;
  scratch->netlink = 1;
  return 1;
}

struct fd_walk {
  struct scb_scratch *scratch;
  u32 arguments; /* bit k: argument k is a descriptor */
};

static long append_argument(u32 index, struct fd_walk *walk) {
  if (walk->arguments >> index & 1) append_file(walk->scratch->call.args[index & 7]);
  return 0;
}

static __always_inline void append_argument_files(struct scb_scratch *scratch, u32 arguments) {
  struct fd_walk walk = {scratch, arguments & 63};
  if (walk.arguments) bpf_loop(6, append_argument, &walk, 0);
}

struct fd_array {
  struct scb_scratch *scratch;
  u32 at, end; /* offsets into the record */
  u32 stride;
};

static long append_element(u32 index, struct fd_array *array) {
  if (array->at + 4 > array->end) return 1;
  append_file(load_number(array->scratch, array->at, 4));
  array->at += array->stride;
  return 0;
}

/* The descriptors in the memory that an op of the plan has read in this phase. */
static __always_inline int append_memory_files(struct scb_scratch *scratch, u32 index) {
  struct scb_plan *plan = &plans[masked(index, SCB_PLANS - 1)];
  if (!plan->fd_op) return 0;
  u32 op = plan->fd_op - 1;
  u32 block = scratch->first_block[op & 15];
  if (!block || ops[masked(plan->first_op + op, SCB_OPS - 1)].phase != scratch->phase) return 0;
  u32 start = block + sizeof(struct sc_block);
  struct fd_array array = {scratch, start + plan->fd_offset, start + (u32)load_number(scratch, block + 8, 4),
                           plan->fd_stride};
  bpf_loop(256, append_element, &array, 0);
  return 0;
}

#endif
