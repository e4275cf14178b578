/* What an open file is: an id for each, and one description when it is first seen. Only the programs
 * at entry and exit of calls come here, one at a time on each CPU. */
#ifndef SYSCOPE_CAPTURE_BPF_FILE_BPF_H
#define SYSCOPE_CAPTURE_BPF_FILE_BPF_H

#include "capture/bpf/plan.bpf.h"

#define PIPEFS_MAGIC 0x50495045
#define ANON_INODE_FS_MAGIC 0x09041934
#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define PATH_BYTES 4096

struct known_file {
  u64 id;
  u64 inode;  /* address: with that of the open file, its identity */
  u64 number; /* of the inode, since addresses are used again */
  u64 seen;   /* of a socket: what may change */
};

/* By the address of the open file. What falls out gets a new id and a new description. */
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

/* Puts the path, or the name of an anonymous inode, to `to`; returns its length. */
static __noinline u32 copy_path(u8 *to, struct file *file, bool name_only) {
  u32 cpu = bpf_get_smp_processor_id();
  struct path_walk *walk = bpf_map_lookup_elem(&path_walks, &cpu);
  if (!walk) return 0;
  struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
  if (name_only) {
    u32 length = BPF_CORE_READ(dentry, d_name.len);
    if (length > 255) length = 255;
    bpf_probe_read_kernel(to, masked(length, 255), BPF_CORE_READ(dentry, d_name.name));
    return length;
  }
  struct task_struct *task = bpf_get_current_task_btf();
  walk->dentry = dentry;
  walk->mount = BPF_CORE_READ(file, f_path.mnt);
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

static __always_inline u64 inode_of_socket(struct sock *sk) {
  struct socket *socket = BPF_CORE_READ(sk, sk_socket);
  if (!socket) return 0;
  struct socket_alloc *whole = (struct socket_alloc *)socket; /* the socket comes first in it */
  return BPF_CORE_READ(whole, vfs_inode.i_ino);
}

static __noinline int describe_socket(struct sc_socket *to, struct file *file) {
  struct socket *socket = BPF_CORE_READ(file, private_data);
  struct sock *sk = BPF_CORE_READ(socket, sk);
  __builtin_memset(to, 0, sizeof *to);
  if (!sk) return 0;
  to->family = BPF_CORE_READ(sk, __sk_common.skc_family);
  to->type = BPF_CORE_READ(sk, sk_type);
  to->protocol = BPF_CORE_READ(sk, sk_protocol);
  to->state = BPF_CORE_READ(sk, __sk_common.skc_state);
  to->net_namespace = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
  if (to->family == AF_UNIX) {
    if (!bpf_core_type_exists(struct unix_sock)) return 0;
    struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
    if (peer) to->peer_inode = inode_of_socket(peer);
    return 0;
  }
  if (to->family != AF_INET && to->family != AF_INET6) return 0;
  to->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
  to->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
  if (to->family == AF_INET) {
    u32 local = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
    u32 remote = BPF_CORE_READ(sk, __sk_common.skc_daddr);
    __builtin_memcpy(to->local, &local, 4);
    __builtin_memcpy(to->remote, &remote, 4);
  } else {
    BPF_CORE_READ_INTO((struct in6_addr *)to->local, sk, __sk_common.skc_v6_rcv_saddr);
    BPF_CORE_READ_INTO((struct in6_addr *)to->remote, sk, __sk_common.skc_v6_daddr);
  }
  return 0;
}

/* What of a socket changes while it is open, in a number. */
static __always_inline u64 socket_signature(struct file *file) {
  struct socket *socket = BPF_CORE_READ(file, private_data);
  struct sock *sk = BPF_CORE_READ(socket, sk);
  if (!sk) return 0;
  u64 ports = BPF_CORE_READ(sk, __sk_common.skc_portpair);
  return ports << 8 | BPF_CORE_READ(sk, __sk_common.skc_state);
}

static __noinline bool describe_file(struct scb_scratch *scratch, struct file *file, u64 id) {
  struct scb_ring *ring = ring_of_this_cpu();
  if (!ring) return false;
  u64 now = bpf_ktime_get_ns();
  u32 pid = scratch->call.head.pid, tid = scratch->call.head.tid;
  u32 room = sizeof(struct sc_file) + PATH_BYTES + sizeof(struct sc_socket);
  if (!ring_begin(ring, room, now, pid, tid, ~0u)) return false;
  struct sc_file *record = (struct sc_file *)ring_position(ring);
  struct inode *inode = BPF_CORE_READ(file, f_inode);
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
  record->open_flags = BPF_CORE_READ(file, f_flags);
  record->info_size = 0;
  u8 *text = (u8 *)(record + 1);
  u32 size = sizeof *record;
  record->text_size = 0;
  if ((record->mode & S_IFMT) == S_IFSOCK) {
    record->file_class = SC_FILE_SOCKET;
    describe_socket((struct sc_socket *)text, file);
    size += sizeof(struct sc_socket);
  } else if (magic == PIPEFS_MAGIC) {
    record->file_class = SC_FILE_PIPE;
  } else {
    bool anonymous = magic == ANON_INODE_FS_MAGIC;
    record->file_class = anonymous ? SC_FILE_ANON : SC_FILE_PATH;
    u32 length = masked(copy_path(text, file, anonymous), PATH_BYTES - 1);
    record->text_size = length;
    pad_block(text, length);
    size += padded(length);
  }
  record->head.size = size;
  ring_end(ring, size);
  return true;
}

/* The id of descriptor `number` of the calling thread; 0 if it is not open. */
static __noinline u64 file_id(struct scb_scratch *scratch, u32 number) {
  struct task_struct *task = bpf_get_current_task_btf();
  struct fdtable *table = BPF_CORE_READ(task, files, fdt);
  if (number >= BPF_CORE_READ(table, max_fds)) return 0;
  struct file **slots = BPF_CORE_READ(table, fd);
  struct file *file = NULL;
  bpf_probe_read_kernel(&file, sizeof file, slots + number);
  if (!file) return 0;
  u64 key = (u64)file;
  struct inode *inode = BPF_CORE_READ(file, f_inode);
  u64 ino = BPF_CORE_READ(inode, i_ino);
  bool is_socket = (BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFSOCK;
  u64 signature = is_socket ? socket_signature(file) : 0;
  struct known_file *known = bpf_map_lookup_elem(&known_files, &key);
  bool same = known && known->inode == (u64)inode && known->number == ino;
  if (same && known->seen == signature) return known->id;
  struct known_file value = {0, (u64)inode, ino, signature};
  value.id = same ? known->id : __sync_fetch_and_add(&last_file_id, 1) + 1;
  if (describe_file(scratch, file, value.id)) bpf_map_update_elem(&known_files, &key, &value, BPF_ANY);
  return value.id;
}

/* Appends an SC_FD block for a descriptor, if it is open. */
static __noinline int append_file(struct scb_scratch *scratch, u32 number) {
  u32 used = scratch->used;
  if ((s32)number < 0 || used + 24 > SCB_RECORD_MAX) return 0;
  u64 id = file_id(scratch, number);
  if (!id) return 0;
  u64 *block = (u64 *)(scratch->record + masked(used, SCB_OFFSET_MASK));
  block[0] = number;
  block[1] = block_word(8, SC_FD, scratch->flags, 0);
  block[2] = id;
  scratch->used = used + 24;
  scratch->call.blocks++;
  return 1;
}

struct fd_walk {
  struct scb_scratch *scratch;
  u32 arguments; /* bit k: argument k is a descriptor */
};

static long append_argument(u32 index, struct fd_walk *walk) {
  if (walk->arguments >> index & 1) append_file(walk->scratch, walk->scratch->call.args[index & 7]);
  return 0;
}

static __always_inline void append_argument_files(struct scb_scratch *scratch, u32 arguments) {
  struct fd_walk walk = {scratch, arguments & 63};
  if (walk.arguments) bpf_loop(6, append_argument, &walk, 0);
}

#endif
