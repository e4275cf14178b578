// options: -v -Xverbose
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/socket.h>

#include "call.h"

int main(void) {
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, SKF_LL_OFF + 12),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + 0),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, SKF_AD_OFF + 2),
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_X, 0),
      BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 3),
      BPF_STMT(BPF_MISC | BPF_TXA, 0),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_ST, 2),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 1, 0),
      BPF_STMT(BPF_RET | BPF_A, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffff),
      BPF_STMT(0x34, 1),
  };
  struct sock_filter answers[] = {
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 5),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, 0x12340000),
  };
  struct sock_fprog filter = {sizeof program / sizeof *program, program};
  struct sock_fprog rules = {sizeof answers / sizeof *answers, answers};
  const size_t room = 40000;  // of control messages
  struct cmsghdr *rights = calloc(1, room);
  rights->cmsg_len = room;
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  struct msghdr message = {.msg_control = rights, .msg_controllen = room};

  mark();
  setsockopt(-1, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0x40, &rules);
  sendmsg(-1, &message, 0);
  mark();
  return 0;
}
