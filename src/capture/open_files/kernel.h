/* What the programs of this room look into. */
#ifndef SYSCOPE_CAPTURE_OPEN_FILES_KERNEL_H
#define SYSCOPE_CAPTURE_OPEN_FILES_KERNEL_H

#include "base/kernel_types.h"

/* The kernel's types, as far as the program looks into them: in whichever order, libbpf and the
 * kernel find the fields by name. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
typedef struct {
  unsigned val;
} kuid_t;
struct super_block {
  __u32 s_dev;
  unsigned long s_magic;
};
struct inode {
  unsigned short i_mode;
  kuid_t i_uid;
  unsigned long i_ino;
  struct super_block *i_sb;
  __u32 i_rdev;
  long long i_size;
  unsigned i_nlink;
  void *i_flctx;
};
struct vfsmount {
  void *mnt_root;
};
struct mount {
  struct vfsmount mnt;
  void *mnt_ns;
  int mnt_id;
};
struct path {
  struct vfsmount *mnt;
};
struct file {
  struct path f_path;
  struct inode *f_inode;
  unsigned f_mode;
  unsigned f_flags;
  long long f_pos;
};
struct fdtable {
  unsigned long *close_on_exec;
};
struct files_struct {
  struct fdtable *fdt;
};
struct ns_common {
  unsigned inum;
};
struct net {
  struct ns_common ns;
};
typedef struct {
  struct net *net;
} possible_net_t;
struct in6_addr {
  union {
    __u32 u6_addr32[4];
  } in6_u;
};
struct sock_common {
  __u32 skc_daddr;
  __u32 skc_rcv_saddr;
  __u16 skc_dport;
  __u16 skc_num;
  unsigned short skc_family;
  volatile unsigned char skc_state;
  int skc_bound_dev_if;
  possible_net_t skc_net;
  struct in6_addr skc_v6_daddr;
  struct in6_addr skc_v6_rcv_saddr;
};
typedef struct {
  int counter;
} atomic_t;
typedef struct {
  atomic_t refs;
} refcount_t;
struct sock {
  struct sock_common __sk_common;
  struct {
    atomic_t rmem_alloc;
  } sk_backlog;
  refcount_t sk_wmem_alloc;
  __u32 sk_ack_backlog;
  __u32 sk_max_ack_backlog;
  __u16 sk_type;
  __u16 sk_protocol;
};
struct tcp_sock {
  __u32 copied_seq;
  __u32 write_seq;
  __u32 rcv_nxt;
  __u32 snd_una;
};
struct udp_sock {
  int forward_deficit;
};
struct socket {
  struct sock *sk;
};
struct cred {
  kuid_t euid;
};
struct mnt_namespace {
  struct ns_common ns;
};
struct nsproxy {
  struct mnt_namespace *mnt_ns;
};
struct task_struct {
  int pid;
  int tgid;
  char comm[16];
  const struct cred *cred;
  struct nsproxy *nsproxy;
  void *cgroups;
  struct files_struct *files;
};
struct seq_file;
struct bpf_iter_meta {
  struct seq_file *seq;
  __u64 seq_num;
};
struct bpf_iter__task_file {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
  __u32 fd;
  struct file *file;
};
struct vm_area_struct {
  struct file *vm_file;
};
struct bpf_iter__task_vma {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
  struct vm_area_struct *vma;
};
#pragma clang attribute pop

#include <bpf/bpf_helpers.h>
/* bpf_helpers.h first: it has the helpers that the next one calls */
#include <bpf/bpf_core_read.h>

#include "capture/open_files/layout.h"

static __always_inline struct mount *mount_of(struct file *file) {
  return (void *)file->f_path.mnt - bpf_core_field_offset(((struct mount *)0)->mnt);
}

#endif
