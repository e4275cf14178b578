// options: 
#include <sys/socket.h>

#include "call.h"

int main(void) {
  char name[100];
  struct msghdr message = {0};
  mark();
  recvmsg(-1, &message, 0);
  message.msg_name = name;
  message.msg_namelen = sizeof name;
  recvmsg(-1, &message, MSG_DONTWAIT);
  recvmsg(-1, BAD, 0);
  mark();
  return 0;
}
