/* The kernel's types, as far as the programs look into them. `preserve_access_index` makes libbpf put
 * in the offsets of the running kernel, hence order and neighbours of the fields do not matter. */
#ifndef SYSCOPE_CAPTURE_BPF_KERNEL_H
#define SYSCOPE_CAPTURE_BPF_KERNEL_H

#include "base/kernel_types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pid_namespace;
struct proc_ns_operations {
  const char *name;
};
struct ns_common {
  const struct proc_ns_operations *ops;
  unsigned int inum;
};
struct pid_namespace {
  struct ns_common ns;
  unsigned int level;
};
struct upid {
  int nr;
  struct pid_namespace *ns;
};
struct hlist_node;
struct hlist_head {
  struct hlist_node *first;
};
struct pid {
  unsigned int level;
  struct hlist_head tasks[1];
  struct upid numbers[1];
};

typedef struct {
  unsigned int val;
} kuid_t;
struct cred {
  kuid_t euid;
};

struct kernfs_node {
  u64 id;
};
struct cgroup;
struct cgroup_subsys_state {
  struct cgroup *cgroup;
  struct cgroup_subsys_state *parent;
};
struct cgroup {
  struct cgroup_subsys_state self;
  struct kernfs_node *kn;
};
struct css_set {
  struct cgroup_subsys_state *subsys[1];
  struct cgroup *dfl_cgrp;
};

typedef struct {
  int counter;
} atomic_t;
struct signal_struct {
  atomic_t live;
  int group_exit_code;
};

struct thread_info {
  u32 status;
};
/* `clock_task` leaves out what interrupts and the hypervisor took from `clock`. */
struct rq {
  u64 clock;
  u64 clock_task;
};
struct cfs_rq {
  struct rq *rq;
};
struct sched_entity {
  u64 exec_start;
  struct cfs_rq *cfs_rq;
};

struct super_block {
  unsigned int s_dev;
  unsigned long s_magic;
};
struct inode {
  unsigned short i_mode;
  unsigned int i_rdev;
  unsigned long i_ino;
  struct super_block *i_sb;
  void *i_private;
};
struct qstr {
  u32 hash;
  u32 len;
  const unsigned char *name;
};
struct hlist_bl_node {
  struct hlist_bl_node **pprev;
};
struct dentry {
  struct hlist_bl_node d_hash;
  struct dentry *d_parent;
  struct inode *d_inode;
  struct qstr d_name;
};
struct vfsmount {
  struct dentry *mnt_root;
};
struct mount {
  struct mount *mnt_parent;
  struct dentry *mnt_mountpoint;
  struct vfsmount mnt;
};
struct path {
  struct vfsmount *mnt;
  struct dentry *dentry;
};
struct fs_struct {
  struct path root;
  struct path pwd;
};
struct file_operations;
struct file {
  const struct file_operations *f_op;
  struct path f_path;
  struct inode *f_inode;
  unsigned int f_flags;
  void *private_data;
};

struct net {
  struct ns_common ns;
};
typedef struct {
  struct net *net;
} possible_net_t;
struct in6_addr {
  u8 bytes[16];
};
struct sock_common {
  u32 skc_daddr;
  u32 skc_rcv_saddr;
  u32 skc_portpair;
  u16 skc_dport;
  u16 skc_num;
  unsigned short skc_family;
  volatile unsigned char skc_state;
  possible_net_t skc_net;
  struct in6_addr skc_v6_daddr;
  struct in6_addr skc_v6_rcv_saddr;
};
struct socket;
struct sock {
  struct sock_common __sk_common;
  u16 sk_type;
  u16 sk_protocol;
  struct socket *sk_socket;
};
struct socket {
  struct sock *sk;
};
struct socket_alloc {
  struct socket socket;
  struct inode vfs_inode;
};
struct sockaddr_un {
  char sun_path[108];
};
struct unix_address {
  int len;
  struct sockaddr_un name[0];
};
struct unix_sock {
  struct sock sk;
  struct unix_address *addr;
  struct sock *peer;
};
struct netlink_sock {
  struct sock sk;
  u32 portid;
};

struct eventfd_ctx {
  __u64 count;
  unsigned int flags;
  int id;
};
typedef struct {
  unsigned long sig[1];
} sigset_t;
struct signalfd_ctx {
  sigset_t sigmask;
};
struct tty_struct {
  int index;
};
struct tty_file_private {
  struct tty_struct *tty;
};

struct fdtable {
  unsigned int max_fds;
  struct file **fd;
};
struct files_struct {
  struct fdtable *fdt;
};

struct pt_regs {
  unsigned long r10, r9, r8, cx, dx, si, di, bp, bx, orig_ax, ip, ax, sp;
};

struct task_struct {
  struct thread_info thread_info;
  unsigned int __state;
  unsigned int flags;
  int on_cpu;
  struct sched_entity se;
  u64 start_time;
  int exit_state;
  int exit_code;
  int pid;
  int tgid;
  struct task_struct *group_leader;
  struct pid *thread_pid;
  const struct cred *cred;
  char comm[16];
  struct fs_struct *fs;
  struct files_struct *files;
  struct signal_struct *signal;
  unsigned long jobctl;
  struct css_set *cgroups;
};

struct kernel_siginfo {
  int si_signo;
};
/* linux/signal_types.h: what the kernel keeps of a siginfo_t. */
#define KERNEL_SIGINFO_BYTES 48

struct seq_file;
struct bpf_iter_meta {
  struct seq_file *seq;
};
struct bpf_iter__task {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
};

#pragma clang attribute pop

#define TS_COMPAT 2
#define PF_KTHREAD 0x00200000
#define TASK_STOPPED 4
#define JOBCTL_STOP_SIGMASK 0xffff

#endif
