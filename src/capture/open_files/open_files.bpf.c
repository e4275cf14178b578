/* Every open descriptor of the machine, one row each: an iterator over the kernel's own tables. */
#include "base/kernel_types.h"

/* The kernel's types, as far as the program looks into them: in whichever order, libbpf and the
 * kernel find the fields by name. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
typedef struct {
  unsigned val;
} kuid_t;
struct inode {
  unsigned short i_mode;
  kuid_t i_uid;
  unsigned long i_ino;
};
struct path {
  void *mnt;
};
struct file {
  struct path f_path;
  struct inode *f_inode;
  unsigned f_mode;
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
struct task_struct {
  int pid;
  int tgid;
};
struct seq_file;
struct bpf_iter_meta {
  struct seq_file *seq;
};
struct bpf_iter__task_file {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
  __u32 fd;
  struct file *file;
};
#pragma clang attribute pop

#include <bpf/bpf_helpers.h>
/* bpf_helpers.h first: it has the helpers that the next one calls */
#include <bpf/bpf_core_read.h>

#include "capture/open_files/layout.h"

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define TCP_CLOSE 7
#define TCP_LISTEN 10

char LICENSE[] SEC("license") = "Dual BSD/GPL"; /* the kernel's word for what may use its helpers */

/* One at a time is written: each reader has loaded a program of its own. */
static struct {
  struct sco_row row;
  char text[SCO_PATH_BYTES];
} out;

/* As tcp_diag_get_info() and udp_dump_one() of the kernel tell them. False: not in any table. */
static __always_inline bool fill_queues(struct sco_row *row, struct sock *sk) {
  if (row->protocol == IPPROTO_UDP) {
    struct udp_sock *udp = (struct udp_sock *)sk;
    int deficit = bpf_core_field_exists(udp->forward_deficit) ? BPF_CORE_READ(udp, forward_deficit) : 0;
    row->receive_queue = sk->sk_backlog.rmem_alloc.counter - deficit;
    row->send_queue = sk->sk_wmem_alloc.refs.counter - 1;
    return row->local_port != 0;
  }
  if (row->state == TCP_LISTEN) {
    row->receive_queue = sk->sk_ack_backlog;
    row->send_queue = sk->sk_max_ack_backlog;
    return true;
  }
  struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
  if (!tcp) return false;
  int received = (int)(tcp->rcv_nxt - tcp->copied_seq);
  row->receive_queue = received < 0 ? 0 : received;
  row->send_queue = tcp->write_seq - tcp->snd_una;
  return row->state != TCP_CLOSE;
}

static __always_inline void fill_socket(struct sco_row *row, struct sock *sk) {
  row->family = sk->__sk_common.skc_family;
  row->protocol = sk->sk_protocol;
  if (row->family != AF_INET && row->family != AF_INET6) return;
  if (row->protocol != IPPROTO_TCP && row->protocol != IPPROTO_UDP) return;
  row->type = sk->sk_type;
  row->state = sk->__sk_common.skc_state;
  row->name_space = sk->__sk_common.skc_net.net->ns.inum;
  row->interface = sk->__sk_common.skc_bound_dev_if;
  row->local_port = sk->__sk_common.skc_num;
  row->remote_port = sk->__sk_common.skc_dport;
  if (row->family == AF_INET) {
    row->local[0] = sk->__sk_common.skc_rcv_saddr;
    row->remote[0] = sk->__sk_common.skc_daddr;
  } else {
    for (int i = 0; i < 4; i++) {
      row->local[i] = sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[i];
      row->remote[i] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[i];
    }
  }
  if (fill_queues(row, sk)) row->flags |= SCO_INET;
}

SEC("iter/task_file")
int list_open_files(struct bpf_iter__task_file *context) {
  struct task_struct *task = context->task;
  struct file *file = context->file;
  /* Threads with a table of their own have one that PID/fd does not show either. */
  if (!task || !file || task->pid != task->tgid) return 0;
  struct sco_row *row = &out.row;
  struct inode *inode = file->f_inode;
  row->pid = task->tgid;
  row->number = context->fd;
  row->inode = inode->i_ino;
  row->user = inode->i_uid.val;
  row->file_mode = file->f_mode;
  row->flags = 0;
  row->text = 0;
  __u32 size = sizeof *row;
  struct socket *socket = (inode->i_mode & S_IFMT) == S_IFSOCK ? bpf_sock_from_file(file) : NULL;
  if (socket) {
    row->flags = SCO_SOCKET;
    row->family = 0;
    struct sock *sk = socket->sk;
    if (sk) fill_socket(row, sk);
  } else {
    long length = bpf_d_path(&file->f_path, out.text, sizeof out.text);
    row->text = length;
    if (length > 0 && length <= SCO_PATH_BYTES) size += length;
  }
  row->size = size;
  __asm__ volatile("" : "+r"(size)); /* the compiler knows the bound, the kernel wants to see it */
  if (size <= sizeof out) bpf_seq_write(context->meta->seq, &out, size);
  return 0;
}
