// TCP, UDP and netlink sockets.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "waiters.h"

static struct sockaddr_in bound(int fd) {
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  must(getsockname(fd, (struct sockaddr*)&address, &size), "getsockname");
  return address;
}

static int listener_with(int backlog) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
  must(bind(fd, (struct sockaddr*)&address, sizeof address), "bind");
  must(listen(fd, backlog), "listen");
  return fd;
}

static int connected_to(struct sockaddr_in address) {
  const int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
  must(connect(fd, (struct sockaddr*)&address, sizeof address), "connect");
  return fd;
}

static void endpoint(struct answer* answer, int fd) {
  snprintf(answer->object, sizeof answer->object, "127.0.0.1:%d", ntohs(bound(fd).sin_port));
}

struct server {
  int listener, reads, ready[2];
};

static void serve(void* argument) {
  struct server* server = argument;
  char request[64];
  hold_only((int[]){server->listener, server->ready[1], -1});
  const int connection = must(accept(server->listener, NULL, NULL), "accept");
  if (server->reads) must(read(connection, request, sizeof request), "read");
  close(server->listener);
  must(write(server->ready[1], "", 1), "write");
  sleep_forever();
}

// A connection to a helper that has accepted it, and then reads one request if `reads`, or nothing.
static int served(int reads, struct answer* answer) {
  struct server server = {.listener = listener_with(5), .reads = reads};
  char byte;
  must(pipe(server.ready), "pipe");
  endpoint(answer, server.listener);
  answer->culprit_pid = helper(serve, &server);
  const int fd = connected_to(bound(server.listener));
  close(server.listener);
  close(server.ready[1]);
  if (reads) must(write(fd, "request", 7), "write");
  must(read(server.ready[0], &byte, 1), "read");
  close(server.ready[0]);
  return fd;
}

static void tcp_read_unread(void) {
  struct answer answer = {0};
  char byte;
  const int fd = served(0, &answer);
  must(write(fd, "request", 7), "write");
  snprintf(answer.object, sizeof answer.object, "7 bytes of it are not read");
  announce(answer);
  must(read(fd, &byte, 1), "read");
}

static void tcp_read_working(void) {
  struct answer answer = {0};
  char byte;
  const int fd = served(1, &answer);
  announce(answer);
  must(recv(fd, &byte, 1, 0), "recv");
}

static void tcp_read_idle(void) {
  struct answer answer = {0};
  char byte;
  const int fd = served(0, &answer);
  snprintf(answer.object, sizeof answer.object, "nothing was ever sent");
  announce(answer);
  must(recv(fd, &byte, 1, 0), "recv");
}

static void tcp_not_accepted(void) {
  struct answer answer = {0};
  char byte;
  const int listener = listener_with(5);
  const int fd = connected_to(bound(listener));
  answer.culprit_pid = helper(hold_only, (int[]){listener, -1});
  close(listener);
  must(write(fd, "request", 7), "write");
  snprintf(answer.object, sizeof answer.object, "not been accepted");
  announce(answer);
  must(read(fd, &byte, 1), "read");
}

static void tcp_write(void) {
  static char block[1 << 20];
  struct answer answer = {0};
  const int fd = served(0, &answer);
  announce(answer);
  for (;;) must(write(fd, block, sizeof block), "write");
}

static void tcp_connect_full(void) {
  struct answer answer = {0};
  const int listener = listener_with(0);
  const struct sockaddr_in address = bound(listener);
  endpoint(&answer, listener);
  answer.culprit_pid = helper(hold_only, (int[]){listener, -1});
  close(listener);
  connected_to(address);
  const int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
  announce(answer);
  must(connect(fd, (struct sockaddr*)&address, sizeof address), "connect");
}

static void tcp_accept(void) {
  struct answer answer = {0};
  const int listener = listener_with(5);
  endpoint(&answer, listener);
  announce(answer);
  must(accept(listener, NULL, NULL), "accept");
}

static void udp_recv(void) {
  struct answer answer = {0};
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  char byte;
  const int fd = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
  must(bind(fd, (struct sockaddr*)&address, sizeof address), "bind");
  endpoint(&answer, fd);
  announce(answer);
  must(recv(fd, &byte, 1, 0), "recv");
}

static void udp_connected(void) {
  struct answer answer = {0};
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  char byte;
  const int server = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
  must(bind(server, (struct sockaddr*)&address, sizeof address), "bind");
  endpoint(&answer, server);
  address = bound(server);
  answer.culprit_pid = helper(hold_only, (int[]){server, -1});
  close(server);
  const int fd = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
  must(connect(fd, (struct sockaddr*)&address, sizeof address), "connect");
  must(send(fd, "request", 7, 0), "send");
  announce(answer);
  must(recv(fd, &byte, 1, 0), "recv");
}

static void netlink_recv(void) {
  char block[4096];
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
  const int fd = must(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), "socket");
  must(bind(fd, (struct sockaddr*)&address, sizeof address), "bind");
  announce((struct answer){.object = "netlink"});
  must(recv(fd, block, sizeof block, 0), "recv");
}

const struct way socket_ways[] = {{"tcp-read-unread", tcp_read_unread, 0},
                                  {"tcp-read-working", tcp_read_working, 0},
                                  {"tcp-read-idle", tcp_read_idle, 0},
                                  {"tcp-not-accepted", tcp_not_accepted, 0},
                                  {"tcp-write", tcp_write, 0},
                                  {"tcp-connect-full", tcp_connect_full, 0},
                                  {"tcp-accept", tcp_accept, 0},
                                  {"udp-recv", udp_recv, 0},
                                  {"udp-connected", udp_connected, 0},
                                  {"netlink-recv", netlink_recv, 0},
                                  {0}};
