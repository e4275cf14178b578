// options: -v
// sock_diag(7): questions that no socket answers.
#include "call.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

static void ask(int fd, const void *body, unsigned size) {
  struct {
    struct nlmsghdr head;
    char body[256];
  } message = {{NLMSG_LENGTH(size), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 9, 0}, {0}};
  static char answer[8192];
  memcpy(message.body, body, size);
  send(fd, &message, message.head.nlmsg_len, 0);
  while (recv(fd, answer, sizeof answer, MSG_DONTWAIT) > 0) {
  }
}

int main(void) {
  struct sockaddr_nl name = {.nl_family = AF_NETLINK};
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
  bind(fd, (void *)&name, sizeof name);
  struct inet_diag_req_v2 tcp = {.sdiag_family = AF_INET,
                                 .sdiag_protocol = IPPROTO_TCP,
                                 .idiag_ext = 1 << (INET_DIAG_INFO - 1),
                                 .idiag_states = 1 << 12,  // TCP_NEW_SYN_RECV
                                 .id = {.idiag_sport = htons(80)}};
  struct unix_diag_req paths = {.sdiag_family = AF_UNIX, .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER};
  unsigned char nothing[3] = {AF_APPLETALK, 1, 2};
  mark();
  ask(fd, &tcp, sizeof tcp);
  ask(fd, &paths, sizeof paths);
  ask(fd, &tcp, 5);
  ask(fd, nothing, sizeof nothing);
  mark();
  return 0;
}
