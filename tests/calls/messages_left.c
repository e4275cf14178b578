// options: -v
#include "call.h"

#include <sys/socket.h>

// Messages of which a socket takes but the first.
enum { count = 3 };

int main(void) {
  static struct mmsghdr messages[count];
  static struct iovec buffers[count];
  int ends[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
  for (int i = 0; i < count; ++i) {
    buffers[i] = (struct iovec){"abcd", (size_t)(1 + i % 4)};
    messages[i].msg_hdr.msg_iov = &buffers[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_len = 77;
  }
  // An address longer than any.
  static char address[400];
  memset(address, 'x', sizeof address);
  mark();
  sendmmsg(ends[0], messages, 2, MSG_DONTWAIT);
  messages[1].msg_hdr.msg_name = address;
  messages[1].msg_hdr.msg_namelen = sizeof address;
  sendmmsg(ends[0], messages, count, MSG_DONTWAIT);
  sendmmsg(-1, messages, count, MSG_DONTWAIT);
  sendmmsg(ends[0], messages, 0, MSG_DONTWAIT);
  connect(-1, (struct sockaddr *)address, 127);
  connect(-1, (struct sockaddr *)address, 128);
  connect(-1, (struct sockaddr *)address, 129);
  connect(-1, (struct sockaddr *)address, sizeof address);
  mark();
  return 0;
}
