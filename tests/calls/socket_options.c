#define _GNU_SOURCE
#include <arpa/inet.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "call.h"

static void options(int fd) {
  int value[4] = {1, 2, 3, 4};
  struct linger linger = {1, 7};
  for (socklen_t size = 0; size <= 9; size += 3) {
    socklen_t given = size;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, value, size);
    getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, value, &given);
    given = size;
    getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &given);
    given = size;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, value, &given);
  }
  getsockopt(fd, SOL_SOCKET, SO_TYPE, value, BAD);
}

static void addresses(int fd) {
  unsigned char address[40] = {AF_VSOCK};
  const unsigned char families[] = {AF_VSOCK, AF_NFC, AF_RXRPC, AF_IEEE802154, AF_IPX, AF_ALG};
  for (unsigned i = 0; i < sizeof families; ++i) {
    address[0] = families[i];
    connect(fd, (struct sockaddr*)address, 20);
    connect(fd, (struct sockaddr*)address, 36);
    connect(fd, (struct sockaddr*)address, 7);
  }
}

// Stations of amateur radio write their names shifted by one bit, and others between them.
static void stations(int fd) {
  unsigned char address[80] = {AF_AX25};
  const char* names[] = {"VALID ", "AB12  ", "      ", "lower ", "A-B   ", "C D   ", "*/    ", "LAST  ", "MORE  "};
  for (int i = 0; i < 9; ++i) {
    unsigned char* const station = address + (i == 0 ? 2 : 9 + 7 * i);
    for (int letter = 0; letter < 6; ++letter) station[letter] = names[i][letter] << 1;
    station[6] = i << 1;
  }
  const int counts[] = {0, 1, 3, 8, 9};
  const int sizes[] = {15, 16, 22, 23, 30, 37, 72, 79};
  for (unsigned i = 0; i < sizeof counts / sizeof *counts; ++i) {
    memcpy(address + 12, &counts[i], 4);
    for (unsigned k = 0; k < sizeof sizes / sizeof *sizes; ++k) connect(fd, (struct sockaddr*)address, sizes[k]);
  }
  const unsigned filters[] = {0, 1, 0x101, ~0u, ~8u, 0x80000002};
  for (unsigned i = 0; i < sizeof filters / sizeof *filters; ++i) {
    setsockopt(fd, 255, 1, &filters[i], sizeof filters[i]);
  }
}

static void messages(int sender, int receiver, const struct sockaddr_un* to) {
  char text[2][8] = {"one", "two"};
  struct iovec vectors[2] = {{text[0], 3}, {text[1], 3}};
  struct mmsghdr several[2] = {
      {.msg_hdr = {(void*)to, sizeof *to, &vectors[0], 1, NULL, 0, 0}},
      {.msg_hdr = {(void*)to, sizeof *to, &vectors[1], 1, NULL, 0, 0}},
  };
  syscall(SYS_sendmmsg, sender, several, 2, 0);
  syscall(SYS_sendmmsg, -1, several, 2, 0);
  struct sockaddr_un from;
  struct msghdr message = {&from, sizeof from, vectors, 1, NULL, 0, 0};
  recvmsg(receiver, &message, 0);
  struct timespec limit = {5, 0};
  several[0].msg_hdr.msg_name = &from;
  several[0].msg_hdr.msg_namelen = sizeof from;
  several[1].msg_hdr.msg_name = NULL;
  syscall(SYS_recvmmsg, receiver, several, 1, MSG_DONTWAIT, &limit);
}

static void control(void) {
  char data[64] = {0};
  struct msghdr message = {NULL, 0, NULL, 0, data, 28, 0};
  struct cmsghdr* header = (struct cmsghdr*)data;
  const int types[] = {1, 2, 6, 8, 11, 20, 99};
  for (unsigned i = 0; i < sizeof types / sizeof types[0]; ++i) {
    *header = (struct cmsghdr){28, SOL_IP, types[i]};
    sendmsg(-1, &message, 0);
  }
  *header = (struct cmsghdr){17, SOL_SOCKET, SCM_RIGHTS};
  sendmsg(-1, &message, 0);
}

int main(void) {
  int tcp = socket(AF_INET, SOCK_STREAM, 0);
  int sender = socket(AF_UNIX, SOCK_DGRAM, 0);
  int receiver = socket(AF_UNIX, SOCK_DGRAM, 0);
  struct sockaddr_un to = {AF_UNIX, "\0socket options"};
  struct sockaddr_un own = {AF_UNIX, "\0the sender"};
  bind(receiver, (struct sockaddr*)&to, sizeof to);
  bind(sender, (struct sockaddr*)&own, sizeof own);
  mark();
  options(tcp);
  addresses(-1);
  stations(-1);
  messages(sender, receiver, &to);
  control();
  personality(0xffffffff);
  personality(PER_LINUX | SHORT_INODE | WHOLE_SECONDS);
  personality(PER_LINUX);
  mark();
  return 0;
}
