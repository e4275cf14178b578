// options: -s 64
// rtnetlink(7): the rules, the route to this machine, and errors.
#include "call.h"

#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct request {
  struct nlmsghdr head;
  union {
    struct rtmsg route;
    struct ifinfomsg link;
    char bytes[64];
  };
};

static void answers(int fd) {
  static char buffer[16384];
  struct sockaddr_nl from;
  struct iovec part = {buffer, sizeof buffer};
  struct msghdr message = {&from, sizeof from, &part, 1, 0, 0, 0};
  while (recvmsg(fd, &message, MSG_DONTWAIT) > 0) {
  }
}

static void ask(int fd, int type, int flags, const void *body, unsigned size) {
  struct request request = {{NLMSG_LENGTH(size), type, NLM_F_REQUEST | flags, 77, 0}, {{0}}};
  memcpy(request.bytes, body, size);
  sendto(fd, &request, request.head.nlmsg_len, 0, 0, 0);
  if (type != RTM_GETROUTE) answers(fd);  // routes tell how long they have been there
}

int main(void) {
  struct sockaddr_nl name = {.nl_family = AF_NETLINK};
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  bind(fd, (void *)&name, sizeof name);
  int unread = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  bind(unread, (void *)&name, sizeof name);
  struct rtmsg all = {.rtm_family = AF_INET};
  struct ifinfomsg nobody = {.ifi_family = AF_UNSPEC, .ifi_index = 4242};
  struct {
    struct rtmsg head;
    struct rtattr to;
    unsigned char address[4];
  } local = {{.rtm_family = AF_INET, .rtm_dst_len = 32}, {8, RTA_DST}, {127, 0, 0, 1}};
  struct {
    struct nlmsghdr head;
    struct rtmsg body;
    struct rtattr odd[3];
  } broken = {{sizeof broken, RTM_GETROUTE, NLM_F_REQUEST, 5, 6},
              {.rtm_family = AF_INET6},
              {{4, RTA_DST | NLA_F_NESTED}, {3, 4000}, {200, RTA_OIF}}};
  char *end = page_end(40);
  memcpy(end, &broken, sizeof broken);
  struct iovec parts[2] = {{&broken, 20}, {BAD, 8}};
  struct msghdr scattered = {&name, sizeof name, parts, 2, 0, 0, 0};
  mark();
  ask(fd, RTM_GETRULE, NLM_F_DUMP, &all, sizeof all);
  ask(unread, RTM_GETROUTE, 0, &local, sizeof local);
  ask(fd, RTM_GETLINK, 0, &nobody, sizeof nobody);
  sendto(fd, &broken, sizeof broken, 0, 0, 0);
  sendto(fd, &broken, 19, 0, 0, 0);
  sendto(fd, &broken, 7, 0, 0, 0);
  sendto(fd, end, 100, 0, 0, 0);
  sendto(fd, BAD, 32, 0, 0, 0);
  sendmsg(fd, &scattered, 0);
  mark();
  return 0;
}
