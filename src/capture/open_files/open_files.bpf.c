/* Every open descriptor of the machine, one row each: an iterator over the kernel's own tables. */
#include "capture/open_files/kernel.h"


#define O_CLOEXEC 02000000
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
  struct sco_socket *socket = &row->socket;
  if (row->protocol == IPPROTO_UDP) {
    struct udp_sock *udp = (struct udp_sock *)sk;
    int deficit = bpf_core_field_exists(udp->forward_deficit) ? BPF_CORE_READ(udp, forward_deficit) : 0;
    socket->receive_queue = sk->sk_backlog.rmem_alloc.counter - deficit;
    socket->send_queue = sk->sk_wmem_alloc.refs.counter - 1;
    return socket->local_port != 0;
  }
  if (socket->state == TCP_LISTEN) {
    socket->receive_queue = sk->sk_ack_backlog;
    socket->send_queue = sk->sk_max_ack_backlog;
    return true;
  }
  struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
  if (!tcp) return false;
  int received = (int)(tcp->rcv_nxt - tcp->copied_seq);
  socket->receive_queue = received < 0 ? 0 : received;
  socket->send_queue = tcp->write_seq - tcp->snd_una;
  return socket->state != TCP_CLOSE;
}

static __always_inline void fill_socket(struct sco_row *row, struct sock *sk) {
  struct sco_socket *socket = &row->socket;
  row->family = sk->__sk_common.skc_family;
  row->protocol = sk->sk_protocol;
  if (row->family != AF_INET && row->family != AF_INET6) return;
  if (row->protocol != IPPROTO_TCP && row->protocol != IPPROTO_UDP) return;
  socket->type = sk->sk_type;
  socket->state = sk->__sk_common.skc_state;
  socket->name_space = sk->__sk_common.skc_net.net->ns.inum;
  socket->interface = sk->__sk_common.skc_bound_dev_if;
  socket->local_port = sk->__sk_common.skc_num;
  socket->remote_port = sk->__sk_common.skc_dport;
  if (row->family == AF_INET) {
    socket->local[0] = sk->__sk_common.skc_rcv_saddr;
    socket->remote[0] = sk->__sk_common.skc_daddr;
  } else {
    for (int i = 0; i < 4; i++) {
      socket->local[i] = sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[i];
      socket->remote[i] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[i];
    }
  }
  if (fill_queues(row, sk)) row->flags |= SCO_INET;
}

/* Whether the file system keeps in the inode what it tells of it: ext*, xfs, tmpfs, devpts. Others
 * answer from elsewhere: another layer, a server. */
static __always_inline bool keeps_status(unsigned long magic) {
  return magic == 0xef53 || magic == 0x58465342 || magic == 0x01021994 || magic == 0x1cd1;
}

static __always_inline void fill_state(struct sco_row *row, struct task_struct *task,
                                       struct file *file) {
  struct sco_state *state = &row->state;
  struct inode *inode = file->f_inode;
  __u32 number = row->number;
  unsigned long close_on_exec = 0;
  unsigned long *words = BPF_CORE_READ(task, files, fdt, close_on_exec);
  bpf_probe_read_kernel(&close_on_exec, sizeof close_on_exec, &words[number / 64]);
  state->open_flags = file->f_flags & ~O_CLOEXEC;
  if (close_on_exec >> (number & 63) & 1) state->open_flags |= O_CLOEXEC;
  state->position = file->f_pos;
  state->mount = BPF_CORE_READ(mount_of(file), mnt_id);
  if (inode->i_flctx) row->flags |= SCO_LOCKABLE;
  struct super_block *system = inode->i_sb;
  if (!keeps_status(system->s_magic)) return;
  row->flags |= SCO_STATUS;
  state->device = system->s_dev;
  state->special_device = inode->i_rdev;
  state->mode = inode->i_mode;
  state->links = inode->i_nlink;
  state->bytes = inode->i_size;
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
  row->file_mode = file->f_mode;
  row->flags = 0;
  row->text = 0;
  __u32 size = sizeof *row;
  struct socket *socket = (inode->i_mode & S_IFMT) == S_IFSOCK ? bpf_sock_from_file(file) : NULL;
  if (socket) {
    row->flags = SCO_SOCKET;
    row->family = 0;
    struct sock *sk = socket->sk;
    row->socket.user = inode->i_uid.val;
    if (sk) fill_socket(row, sk);
  } else {
    fill_state(row, task, file);
    long length = bpf_d_path(&file->f_path, out.text, sizeof out.text);
    row->text = length;
    if (length > 0 && length <= SCO_PATH_BYTES) size += length;
  }
  row->size = size;
  __asm__ volatile("" : "+r"(size)); /* the compiler knows the bound, the kernel wants to see it */
  if (size <= sizeof out) bpf_seq_write(context->meta->seq, &out, size);
  return 0;
}
