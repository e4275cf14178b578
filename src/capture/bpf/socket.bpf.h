/* What a socket is: family, addresses, state, peer, name. */
#ifndef SYSCOPE_CAPTURE_BPF_SOCKET_BPF_H
#define SYSCOPE_CAPTURE_BPF_SOCKET_BPF_H

#include "capture/bpf/plan.bpf.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16

static __always_inline struct sock *sock_of(struct file *file) {
  struct socket *socket = BPF_CORE_READ(file, private_data);
  return BPF_CORE_READ(socket, sk);
}

static __always_inline u64 inode_of_socket(struct sock *sk) {
  struct socket *socket = BPF_CORE_READ(sk, sk_socket);
  if (!socket) return 0;
  struct socket_alloc *whole = (struct socket_alloc *)socket; /* the socket comes first in it */
  return BPF_CORE_READ(whole, vfs_inode.i_ino);
}

/* Puts the name of a unix socket to `to`, at most 108 bytes; returns its length. unix(7) */
static __noinline u32 name_socket(u8 *to, struct file *file) {
  struct sock *sk = sock_of(file);
  if (!sk || !bpf_core_type_exists(struct unix_sock)) return 0;
  if (BPF_CORE_READ(sk, __sk_common.skc_family) != AF_UNIX) return 0;
  struct unix_address *address = BPF_CORE_READ((struct unix_sock *)sk, addr);
  if (!address) return 0;
  u32 length = BPF_CORE_READ(address, len);
  if (length <= 2) return 0;
  length = at_most(length - 2, 108);
  const char *name = (const char *)address + bpf_core_field_offset(struct unix_address, name) + 2;
  bpf_probe_read_kernel(to, length, name);
  if (*to && !to[masked(length - 1, 127)]) length--;
  return length;
}

static __noinline int describe_socket(struct sc_socket *to, struct file *file) {
  struct sock *sk = sock_of(file);
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
  if (to->family == AF_NETLINK) {
    u32 port = BPF_CORE_READ((struct netlink_sock *)sk, portid);
    __builtin_memcpy(to->local, &port, 4);
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
static __noinline u64 socket_signature(struct file *file) {
  struct sock *sk = sock_of(file);
  if (!sk) return 0;
  u64 state = BPF_CORE_READ(sk, __sk_common.skc_state);
  u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
  if (family == AF_UNIX && bpf_core_type_exists(struct unix_sock)) {
    struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
    u64 end = peer ? (u64)BPF_CORE_READ(peer, sk_socket) : 0;
    return state + (u64)peer * 3 + end * 5 + (u64)BPF_CORE_READ((struct unix_sock *)sk, addr) * 7;
  }
  if (family == AF_NETLINK) return BPF_CORE_READ((struct netlink_sock *)sk, portid);
  u64 ports = BPF_CORE_READ(sk, __sk_common.skc_portpair);
  u64 local = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr), remote = BPF_CORE_READ(sk, __sk_common.skc_daddr);
  /* A socket takes its local port before its number of the port pair is set. */
  u64 number = BPF_CORE_READ(sk, __sk_common.skc_num);
  return (ports << 8 | state) + local * 3 + (remote << 32) * 5 + (number << 48) * 7;
}

#endif
