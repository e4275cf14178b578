// Pipes, FIFOs and unix sockets.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "waiters.h"

static void pipe_read(void) {
  int ends[2];
  char byte;
  must(pipe(ends), "pipe");
  const pid_t writer = helper(hold_only, (int[]){ends[1], -1});
  close(ends[1]);
  announce((struct answer){.culprit_pid = writer, .object = "pipe:["});
  must(read(ends[0], &byte, 1), "read");
}

static void pipe_read_self(void) {
  int ends[2];
  char byte;
  must(pipe(ends), "pipe");
  announce((struct answer){.culprit_pid = getpid(), .object = "only this process"});
  must(read(ends[0], &byte, 1), "read");
}

static void pipe_write(void) {
  static char block[1 << 20];
  int ends[2];
  must(pipe(ends), "pipe");
  const pid_t reader = helper(hold_only, (int[]){ends[0], -1});
  close(ends[0]);
  announce((struct answer){.culprit_pid = reader, .object = "pipe:["});
  must(write(ends[1], block, sizeof block), "write");
}

static void fifo_open(void) {
  struct answer answer = {.has_folder = 1};
  snprintf(answer.object, sizeof answer.object, "%s/fifo", private_folder());
  must(mkfifo(answer.object, 0600), "mkfifo");
  announce(answer);
  must(open(answer.object, O_RDONLY), "open");
}

static void fifo_read(void) {
  struct answer answer = {.has_folder = 1};
  char byte;
  snprintf(answer.object, sizeof answer.object, "%s/fifo", private_folder());
  must(mkfifo(answer.object, 0600), "mkfifo");
  const int both = must(open(answer.object, O_RDWR), "open");
  const int reader = must(open(answer.object, O_RDONLY), "open");
  answer.culprit_pid = helper(hold_only, (int[]){both, -1});
  close(both);
  announce(answer);
  must(read(reader, &byte, 1), "read");
}

static void unix_read(void) {
  int ends[2];
  char byte;
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
  const pid_t peer = helper(hold_only, (int[]){ends[1], -1});
  close(ends[1]);
  announce((struct answer){.culprit_pid = peer, .object = "unix"});
  must(read(ends[0], &byte, 1), "read");
}

static void unix_recvmsg(void) {
  int ends[2];
  char byte;
  struct iovec vector = {&byte, 1};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  must(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), "socketpair");
  const pid_t peer = helper(hold_only, (int[]){ends[1], -1});
  close(ends[1]);
  announce((struct answer){.culprit_pid = peer, .object = "unix"});
  must(recvmsg(ends[0], &message, 0), "recvmsg");
}

static void unix_write(void) {
  static char block[1 << 20];
  int ends[2];
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
  const pid_t peer = helper(hold_only, (int[]){ends[1], -1});
  close(ends[1]);
  announce((struct answer){.culprit_pid = peer, .object = "unix"});
  for (;;) must(write(ends[0], block, sizeof block), "write");
}

static struct sockaddr_un unix_address(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", private_folder());
  return address;
}

static void unix_connect(void) {
  struct sockaddr_un address = unix_address();
  struct answer answer = {.has_folder = 1};
  const int listener = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
  must(bind(listener, (struct sockaddr*)&address, sizeof address), "bind");
  must(listen(listener, 0), "listen");
  answer.culprit_pid = helper(hold_only, (int[]){listener, -1});
  close(listener);
  const int first = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
  must(connect(first, (struct sockaddr*)&address, sizeof address), "connect");
  const int second = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
  snprintf(answer.object, sizeof answer.object, "%s", address.sun_path);
  announce(answer);
  must(connect(second, (struct sockaddr*)&address, sizeof address), "connect");
}

static void unix_not_accepted(void) {
  struct sockaddr_un address = unix_address();
  struct answer answer = {.has_folder = 1};
  char byte;
  const int listener = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
  must(bind(listener, (struct sockaddr*)&address, sizeof address), "bind");
  must(listen(listener, 5), "listen");
  answer.culprit_pid = helper(hold_only, (int[]){listener, -1});
  close(listener);
  const int client = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
  must(connect(client, (struct sockaddr*)&address, sizeof address), "connect");
  snprintf(answer.object, sizeof answer.object, "not been accepted");
  announce(answer);
  must(read(client, &byte, 1), "read");
}

static void unix_accept(void) {
  struct sockaddr_un address = unix_address();
  struct answer answer = {.has_folder = 1};
  const int listener = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
  must(bind(listener, (struct sockaddr*)&address, sizeof address), "bind");
  must(listen(listener, 5), "listen");
  snprintf(answer.object, sizeof answer.object, "%s", address.sun_path);
  announce(answer);
  must(accept(listener, NULL, NULL), "accept");
}

// Each of two processes reads what only the other could write.
static void pipe_cycle_body(void* argument) {
  int* ends = argument;
  char byte;
  hold_only((int[]){ends[0], ends[3], -1});
  must(read(ends[0], &byte, 1), "read");
}
static void pipe_cycle(void) {
  int ends[4];
  char byte;
  must(pipe(ends), "pipe");
  must(pipe(ends + 2), "pipe");
  const pid_t other = helper(pipe_cycle_body, ends);
  close(ends[0]);
  close(ends[3]);
  announce((struct answer){.culprit_pid = other, .object = "deadlock"});
  must(read(ends[2], &byte, 1), "read");
}

const struct way channel_ways[] = {{"pipe-read", pipe_read, 0},
                                   {"pipe-read-self", pipe_read_self, 0},
                                   {"pipe-write", pipe_write, 0},
                                   {"fifo-open", fifo_open, 0},
                                   {"fifo-read", fifo_read, 0},
                                   {"unix-read", unix_read, 0},
                                   {"unix-recvmsg", unix_recvmsg, 0},
                                   {"unix-write", unix_write, 0},
                                   {"unix-connect", unix_connect, 0},
                                   {"unix-not-accepted", unix_not_accepted, 0},
                                   {"unix-accept", unix_accept, 0},
                                   {"pipe-cycle", pipe_cycle, 0},
                                   {0}};
